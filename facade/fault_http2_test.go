package facade

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

// session answers a stream with 200 and a session.
func (p peer) session(stream uint32) error {
	p.headers(stream, []byte{0x88}) // :status 200, RFC 7541, appendix A
	return p.data(stream, goodBody, flagEndStream)
}

// http2 plays a connection: it acknowledges settings and pings, and calls answer
// for each request that is complete. answer returns false to end the connection.
func http2(answer func(p peer, stream uint32) bool) func(net.Conn) {
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
				if !answer(p, f.stream) {
					return
				}
			}
		}
	}
}

// newHTTP2Client returns a client that speaks HTTP/2 without TLS, for a bubble.
func newHTTP2Client(tb testing.TB, dial dialFunc) *Client {
	transport := defaultTransport()
	transport.DialContext = dial
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	c := newFaultClient(tb, WithHTTPClient(&http.Client{Transport: transport}))
	tb.Cleanup(func() {
		synctest.Wait() // a connection is idle a moment after its last stream
		c.CloseIdleConnections()
	})
	return c
}

// literal is a header field without indexing, RFC 7541, section 6.2.2.
func literal(name, value string) []byte {
	b := append([]byte{0, byte(len(name))}, name...)
	if len(value) < 127 {
		return append(append(b, byte(len(value))), value...)
	}
	b = binary.AppendUvarint(append(b, 127), uint64(len(value)-127))
	return append(b, value...)
}

// flood answers with a header of n fields of 10 KiB.
func flood(p peer, stream uint32, n int) {
	p.write(frameHeaders, 0, stream, []byte{0x88})
	for i := range n {
		flags := byte(0)
		if i == n-1 {
			flags = flagEndHeaders
		}
		p.write(frameContinuation, flags, stream, literal("x-flood", strings.Repeat("x", 10<<10)))
	}
}

var status103 = append([]byte{0x08, 3}, "103"...) // :status, by its name's index

func TestFaultsOfHTTP2(t *testing.T) {
	t.Parallel()
	const s = time.Second
	good := http2(func(p peer, stream uint32) bool { p.session(stream); return true })
	tests := []struct {
		row   int
		name  string
		serve func(int) func(net.Conn)
		want  outcome
	}{
		{0, "nothing is wrong", always(good), outcome{session: true, attempts: 1}},
		{55, "GOAWAY instead of an answer", first(http2(func(p peer, stream uint32) bool { p.goAway(0); return false }), good),
			outcome{session: true, attempts: 1}},
		{56, "a stream that is refused once", first(http2(func(p peer, stream uint32) bool {
			if stream == 1 {
				p.reset(stream, 7)
			} else {
				p.session(stream)
			}
			return true
		}), good), outcome{session: true, attempts: 1, max: 2 * s}},
		{56, "streams that are refused to the end", always(http2(func(p peer, stream uint32) bool { p.reset(stream, 7); return true })),
			outcome{is: context.DeadlineExceeded, attempts: 3, min: 20 * s, max: 45 * s}},
		{57, "a stream that breaks off", always(http2(func(p peer, stream uint32) bool {
			if stream > 1 {
				p.session(stream)
				return true
			}
			p.headers(stream, []byte{0x88})
			p.data(stream, goodBody[:20], 0)
			p.reset(stream, 2)
			return true
		})), outcome{session: true, attempts: 2, min: minWait, max: backoff}},
		{57, "streams that break off to the end", always(http2(func(p peer, stream uint32) bool {
			p.headers(stream, []byte{0x88})
			p.data(stream, goodBody[:20], 0)
			p.reset(stream, 2)
			return true
		})), outcome{is: errAny, attempts: 3, min: 2 * minWait, max: 3 * backoff, says: "INTERNAL_ERROR"}},
		{15, "a connection that breaks off in mid-body", first(http2(func(p peer, stream uint32) bool {
			p.headers(stream, []byte{0x88})
			p.data(stream, goodBody[:20], 0)
			return false
		}), good), outcome{session: true, attempts: 2, min: minWait, max: backoff}},
		{16, "invalid at its end, without a length: the stream says where it ends", always(http2(func(p peer, stream uint32) bool {
			p.headers(stream, []byte{0x88})
			p.data(stream, `{"data":`, flagEndStream)
			return true
		})), outcome{invalid: 200, attempts: 1, says: "not JSON"}},
		{28, "a header far above 256 KiB", always(http2(func(p peer, stream uint32) bool { flood(p, stream, 40); return true })),
			outcome{is: errAny, attempts: 1, says: "PROTOCOL_ERROR"}},
		{28, "a header a little above 256 KiB", always(http2(func(p peer, stream uint32) bool { flood(p, stream, 26); return true })),
			outcome{is: errAny, attempts: 1, says: "header list larger"}},
		{28, "informational answers without end", always(http2(func(p peer, stream uint32) bool {
			// Above the limit. The client reads on after it has given up the
			// stream, so one without end would keep the bubble busy for ever.
			for range 7000 {
				p.headers(stream, status103)
			}
			return true
		})), outcome{is: errAny, attempts: 1, says: "header"}},
		{29, "103, then a session", always(http2(func(p peer, stream uint32) bool {
			p.headers(stream, status103)
			p.session(stream)
			return true
		})), outcome{session: true, attempts: 1}},
		{30, "101, an informational answer to HTTP/2, then a session", always(http2(func(p peer, stream uint32) bool {
			p.headers(stream, append([]byte{0x08, 3}, "101"...))
			p.session(stream)
			return true
		})), outcome{session: true, attempts: 1}},
	}
	for _, r := range tests {
		t.Run(fmt.Sprintf("row %d %s", r.row, r.name), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newHTTP2Client(t, pipes(r.serve))
				start := time.Now()
				out, err := c.Vault.Sessions.Create(t.Context(), Session{})
				r.want.check(t, out, err, time.Since(start))
			})
		})
	}
}

func TestGoAwayBetweenCallsIsInvisible(t *testing.T) { // row 55
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newHTTP2Client(t, pipes(always(http2(func(p peer, stream uint32) bool {
			p.session(stream)
			p.goAway(stream)
			return false
		}))))
		for range 20 {
			out, err := c.Vault.Sessions.Create(t.Context(), Session{})
			outcome{session: true, attempts: 1}.check(t, out, err, 0)
			synctest.Wait() // until the client has seen the GOAWAY
		}
	})
}

func TestAHalfOpenConnectionIsGivenUp(t *testing.T) { // row 58
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dead := make(chan struct{})
		defer close(dead)
		mute := http2(func(p peer, stream uint32) bool {
			if stream > 1 {
				<-dead // no answer, no acknowledgement; what the client writes is still taken
			}
			p.session(stream)
			return true
		})
		good := http2(func(p peer, stream uint32) bool { p.session(stream); return true })
		c := newHTTP2Client(t, pipes(first(mute, good)))
		for i := range 3 {
			want := outcome{session: true, attempts: 1}
			if i == 1 {
				want = outcome{session: true, attempts: 2, min: 10 * time.Second, max: 10*time.Second + backoff}
			}
			start := time.Now()
			out, err := c.Vault.Sessions.Create(t.Context(), Session{})
			want.check(t, out, err, time.Since(start))
		}
	})
}
