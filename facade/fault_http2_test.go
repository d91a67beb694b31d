package facade_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// HTTP/2, frame by frame, over net.Pipe on the virtual clock. The row numbers
// are those of FAULTS.md.

// The frames of RFC 9113, section 6, that the tests play.
const (
	frameData, frameHeaders, frameReset, frameSettings byte = 0, 1, 3, 4
	framePing, frameGoAway, frameContinuation          byte = 6, 7, 9

	flagEndStream, flagAck, flagEndHeaders byte = 1, 1, 4
)

// peer is the server's end of an HTTP/2 connection.
type peer struct{ net.Conn }

func (p peer) write(kind, flags byte, stream uint32, payload []byte) error {
	head := make([]byte, 9, 9+len(payload))
	binary.BigEndian.PutUint32(head, uint32(len(payload))<<8|uint32(kind))
	head[4] = flags
	binary.BigEndian.PutUint32(head[5:], stream)
	_, err := p.Write(append(head, payload...))
	return err
}

func (p peer) headers(stream uint32, block []byte) error {
	return p.write(frameHeaders, flagEndHeaders, stream, block)
}

func (p peer) data(stream uint32, text string, flags byte) error {
	return p.write(frameData, flags, stream, []byte(text))
}

func (p peer) reset(stream, code uint32) error {
	return p.write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func (p peer) goAway(last uint32) error {
	return p.write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), 0))
}

// session responds to a stream with a session.
func (p peer) session(stream uint32) error {
	p.headers(stream, []byte{0x88}) // :status 200, RFC 7541, appendix A
	return p.data(stream, sessionJSON, flagEndStream)
}

// http2 plays a connection: it acknowledges settings and pings, and calls handle
// for each complete request. handle returns false to close the connection.
func http2(handle func(p peer, stream uint32) bool) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		p := peer{conn}
		type frame struct {
			kind, flags byte
			stream      uint32
			payload     []byte
		}
		frames := make(chan frame, 1000) // the client must never wait for us to read
		go func() {
			defer close(frames)
			if _, err := io.ReadFull(conn, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
				return
			}
			for head := make([]byte, 9); ; {
				if _, err := io.ReadFull(conn, head); err != nil {
					return
				}
				payload := make([]byte, binary.BigEndian.Uint32(head)>>8)
				if _, err := io.ReadFull(conn, payload); err != nil {
					return
				}
				frames <- frame{head[3], head[4], binary.BigEndian.Uint32(head[5:]), payload}
			}
		}()
		p.write(frameSettings, 0, 0, nil)
		for f := range frames {
			switch {
			case f.kind == frameSettings && f.flags&flagAck == 0:
				p.write(frameSettings, flagAck, 0, nil)
			case f.kind == framePing && f.flags&flagAck == 0:
				p.write(framePing, flagAck, 0, f.payload)
			case (f.kind == frameHeaders || f.kind == frameData) && f.flags&flagEndStream != 0:
				if !handle(p, f.stream) {
					return
				}
			}
		}
	}
}

// half starts a response and does not finish it.
func (p peer) half(stream uint32) {
	p.headers(stream, []byte{0x88})
	p.data(stream, sessionJSON[:20], 0)
}

// newHTTP2Client returns a client that speaks HTTP/2 without TLS, for a bubble.
func newHTTP2Client(tb testing.TB, dial dialFunc) *facade.Client {
	transport := facade.DefaultTransport()
	transport.DialContext = dial
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	c := newClient(tb, facade.WithHTTPClient(&http.Client{Transport: transport}))
	tb.Cleanup(func() {
		synctest.Wait() // a connection is idle a moment after its last stream
		c.CloseIdleConnections()
	})
	return c
}

// flood responds with a header of n fields of 10 KiB, each without indexing:
// RFC 7541, section 6.2.2.
func flood(n int) func(p peer, stream uint32) bool {
	field := append([]byte("\x00\x07x-flood"), binary.AppendUvarint([]byte{127}, 10<<10-127)...)
	field = append(field, strings.Repeat("x", 10<<10)...)
	return func(p peer, stream uint32) bool {
		p.write(frameHeaders, 0, stream, []byte{0x88})
		for range n - 1 {
			p.write(frameContinuation, 0, stream, field)
		}
		p.write(frameContinuation, flagEndHeaders, stream, field)
		return true
	}
}

var status103 = append([]byte{0x08, 3}, "103"...) // :status, by its name's index

// informational responds with n times 103 to the stream of one request.
func informational(n int) func(p peer, stream uint32) bool {
	return func(p peer, stream uint32) bool {
		for range n {
			p.headers(stream, status103)
		}
		return true
	}
}

func TestSessionsCreate_HTTP2Faults(t *testing.T) {
	once := outcome{session: true, attempts: 1}
	retried := outcome{session: true, attempts: 2, min: facade.MinBackoff, max: backoff}
	works := func(p peer, stream uint32) bool { p.session(stream); return true }
	type handler = func(p peer, stream uint32) bool
	tests := []struct {
		n       int
		name    string
		handler handler // of the first connection, or of all if then is nil
		then    handler
		want    outcome
	}{
		{0, "nothing is wrong", works, nil, once},
		{55, "GOAWAY without a response", func(p peer, _ uint32) bool { p.goAway(0); return false }, works, once},
		{56, "a stream is refused once", func(p peer, stream uint32) bool {
			if stream > 1 {
				return works(p, stream)
			}
			p.reset(stream, 7)
			return true
		}, nil, outcome{session: true, attempts: 1, max: 2 * time.Second}},
		{56, "every stream is refused", func(p peer, stream uint32) bool { p.reset(stream, 7); return true }, nil,
			outcome{is: context.DeadlineExceeded, attempts: 3, min: 20 * time.Second, max: 45 * time.Second}},
		{57, "a stream is reset in mid-body", func(p peer, stream uint32) bool {
			if stream > 1 {
				return works(p, stream)
			}
			p.half(stream)
			p.reset(stream, 2)
			return true
		}, nil, retried},
		{57, "every stream is reset in mid-body", func(p peer, stream uint32) bool {
			p.half(stream)
			p.reset(stream, 2)
			return true
		}, nil, outcome{is: errAny, attempts: 3, min: 2 * facade.MinBackoff, max: 3 * backoff, says: "INTERNAL_ERROR"}},
		{15, "closed in mid-body", func(p peer, stream uint32) bool { p.half(stream); return false }, works, retried},
		{16, "incomplete JSON, but the stream has ended", func(p peer, stream uint32) bool {
			p.headers(stream, []byte{0x88})
			p.data(stream, `{"data":`, flagEndStream)
			return true
		}, nil, invalidResponse(200, "not JSON")},
		{28, "headers far above 256 KiB", flood(40), nil, failed(1, "PROTOCOL_ERROR")},
		{28, "headers a little above 256 KiB", flood(26), nil, failed(1, "header list larger")},
		// Above the limit, but not endless: the client reads on after it has given
		// up the stream, which would keep the bubble busy for ever.
		{28, "many informational responses", informational(7000), nil, failed(1, "header")},
		{29, "103, then a session", func(p peer, stream uint32) bool {
			return informational(1)(p, stream) && works(p, stream)
		}, nil, once},
		{30, "101 is informational in HTTP/2", func(p peer, stream uint32) bool {
			p.headers(stream, append([]byte{0x08, 3}, "101"...))
			return works(p, stream)
		}, nil, once},
	}
	for _, r := range tests {
		inBubble(t, fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			serve := everyConn(http2(r.handler))
			if r.then != nil {
				serve = firstConn(http2(r.handler), http2(r.then))
			}
			r.want.check(t, newHTTP2Client(t, pipes(serve)))
		})
	}
}

func TestSessionsCreate_HTTP2GoAwayBetweenCalls(t *testing.T) { // row 55
	synctest.Test(t, func(t *testing.T) {
		c := newHTTP2Client(t, pipes(everyConn(http2(func(p peer, stream uint32) bool {
			p.session(stream)
			p.goAway(stream)
			return false
		}))))
		for range 20 {
			outcome{session: true, attempts: 1}.check(t, c)
			synctest.Wait() // until the client has seen the GOAWAY
		}
	})
}

func TestSessionsCreate_HTTP2HalfOpenConnection(t *testing.T) { // row 58
	synctest.Test(t, func(t *testing.T) {
		dead := make(chan struct{})
		defer close(dead)
		mute := http2(func(p peer, stream uint32) bool {
			if stream > 1 {
				<-dead // what the client writes is still accepted
			}
			p.session(stream)
			return true
		})
		good := http2(func(p peer, stream uint32) bool { p.session(stream); return true })
		c := newHTTP2Client(t, pipes(firstConn(mute, good)))
		once := outcome{session: true, attempts: 1}
		once.check(t, c)
		outcome{session: true, attempts: 2, min: 10 * time.Second, max: 10*time.Second + backoff}.check(t, c)
		once.check(t, c)
	})
}
