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

func (p peer) write(kind, flags byte, stream uint32, payload []byte) {
	head := make([]byte, 9, 9+len(payload))
	binary.BigEndian.PutUint32(head, uint32(len(payload))<<8|uint32(kind))
	head[4] = flags
	binary.BigEndian.PutUint32(head[5:], stream)
	p.Write(append(head, payload...))
}

func (p peer) headers(stream uint32, block []byte) {
	p.write(frameHeaders, flagEndHeaders, stream, block)
}

func (p peer) reset(stream, code uint32) {
	p.write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func (p peer) goAway(last uint32) {
	p.write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), 0))
	p.Close()
}

// The handlers of a request, for http2.

func (p peer) session(stream uint32) { p.respond(stream, sessionJSON, flagEndStream) }

func (p peer) respond(stream uint32, body string, flags byte) {
	p.headers(stream, []byte{0x88}) // :status 200, RFC 7541, appendix A
	p.write(frameData, flags, stream, []byte(body))
}

// protocolError is like breakOff, but the client closes the connection.
func (p peer) protocolError(stream uint32) {
	p.respond(stream, sessionJSON[:20], 0)
	p.reset(stream, 1)
}

func (p peer) refuse(stream uint32) { p.reset(stream, 7) }

func (p peer) breakOff(stream uint32) {
	p.respond(stream, sessionJSON[:20], 0)
	p.reset(stream, 2)
}

func (p peer) closeInMidBody(stream uint32) {
	p.respond(stream, sessionJSON[:20], 0)
	p.Close()
}

// flood responds with a header of n fields of 10 KiB, each without indexing:
// RFC 7541, section 6.2.2.
func flood(n int) func(p peer, stream uint32) {
	field := append([]byte("\x00\x07x-flood"), binary.AppendUvarint([]byte{127}, 10<<10-127)...)
	field = append(field, strings.Repeat("x", 10<<10)...)
	return func(p peer, stream uint32) {
		p.write(frameHeaders, 0, stream, []byte{0x88})
		for range n - 1 {
			p.write(frameContinuation, 0, stream, field)
		}
		p.write(frameContinuation, flagEndHeaders, stream, field)
	}
}

// informational responds n times with a status, and then with a session.
func informational(status string, n int) func(p peer, stream uint32) {
	block := append([]byte{0x08, 3}, status...) // :status, by its name's index
	return func(p peer, stream uint32) {
		for range n {
			p.headers(stream, block)
		}
		p.session(stream)
	}
}

// http2 plays a connection: it acknowledges settings and pings, and handles each
// complete request with the next handler, or the last.
func http2(handlers ...func(p peer, stream uint32)) func(net.Conn) {
	return func(conn net.Conn) {
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
		requests := 0
		for f := range frames {
			switch {
			case f.kind == frameSettings && f.flags&flagAck == 0:
				p.write(frameSettings, flagAck, 0, nil)
			case f.kind == framePing && f.flags&flagAck == 0:
				p.write(framePing, flagAck, 0, f.payload)
			case (f.kind == frameHeaders || f.kind == frameData) && f.flags&flagEndStream != 0:
				requests++
				handlers[min(requests, len(handlers))-1](p, f.stream)
			}
		}
	}
}

// newHTTP2Client returns a client that speaks HTTP/2 without TLS, for a bubble.
func newHTTP2Client(tb testing.TB, dial dialFunc) *facade.Client {
	needsEntropy(tb) // for pings
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

func TestSessionsCreate_HTTP2Faults(t *testing.T) {
	once := outcome{session: true, attempts: 1}
	retried := outcome{session: true, attempts: 2, min: facade.MinBackoff, max: backoff}
	everyTime := outcome{is: errAny, attempts: 3, min: 2 * facade.MinBackoff, max: 3 * backoff, says: "INTERNAL_ERROR"}
	slow := outcome{is: context.DeadlineExceeded, attempts: 3, min: 20 * time.Second, max: 45 * time.Second}
	again := outcome{session: true, attempts: 1, max: 2 * time.Second}
	works := http2(peer.session)
	incomplete := func(p peer, stream uint32) { p.respond(stream, `{"data":`, flagEndStream) }
	for _, r := range []struct {
		n     int
		name  string
		serve func(int) func(net.Conn)
		want  outcome
	}{
		{0, "nothing is wrong", everyConn(works), once},
		{55, "GOAWAY without a response", firstConn(http2(func(p peer, _ uint32) { p.goAway(0) }), works), once},
		{56, "one stream is refused", everyConn(http2(peer.refuse, peer.session)), again},
		{56, "every stream is refused", everyConn(http2(peer.refuse)), slow},
		{57, "one stream is reset in mid-body", everyConn(http2(peer.breakOff, peer.session)), retried},
		{57, "every stream is reset in mid-body", everyConn(http2(peer.breakOff)), everyTime},
		{57, "a stream is reset with PROTOCOL_ERROR", firstConn(http2(peer.protocolError), works), retried},
		{55, "GOAWAY without a response, on every connection", everyConn(http2(func(p peer, _ uint32) { p.goAway(0) })),
			outcome{is: errAny, attempts: 3, max: 3 * backoff, says: "one connection after another"}},
		{15, "closed in mid-body", firstConn(http2(peer.closeInMidBody), works), retried},
		{16, "incomplete JSON, but the stream has ended", everyConn(http2(incomplete)), invalidResponse(200, "not JSON")},
		{28, "headers far above 256 KiB", everyConn(http2(flood(40))), outcome{is: errAny, attempts: 3, min: 2 * facade.MinBackoff, max: 3 * backoff, says: "PROTOCOL_ERROR"}},
		{28, "headers a little above 256 KiB", everyConn(http2(flood(26))), failed(1, "header list larger")},
		// Above the limit, but not endless: the client reads on after it has given
		// up the stream, which would keep the bubble busy for ever.
		{28, "many informational responses", everyConn(http2(informational("103", 7000))), failed(1, "header")},
		{29, "103, then a session", everyConn(http2(informational("103", 1))), once},
		{30, "101 is informational in HTTP/2", everyConn(http2(informational("101", 1))), once},
	} {
		inBubble(t, fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			c := newHTTP2Client(t, pipes(r.serve))
			if r.n == 28 {
				checkMemory(t, c, r.name+" over HTTP/2", r.want)
			} else {
				r.want.check(t, c)
			}
		})
	}
}

func TestSessionsCreate_HTTP2GoAwayBetweenCalls(t *testing.T) { // row 55
	synctest.Test(t, func(t *testing.T) {
		c := newHTTP2Client(t, pipes(everyConn(http2(func(p peer, stream uint32) {
			p.session(stream)
			p.goAway(stream)
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
		mute := func(peer, uint32) { <-dead } // what the client writes is still accepted
		c := newHTTP2Client(t, pipes(firstConn(http2(peer.session, mute), http2(peer.session))))
		once := outcome{session: true, attempts: 1}
		once.check(t, c)
		outcome{session: true, attempts: 2, min: 10 * time.Second, max: 10 * time.Second}.check(t, c)
		once.check(t, c)
	})
}
