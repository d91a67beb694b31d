package facade

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// HTTP/2, frame by frame, over net.Pipe on the virtual clock. "row" is a row of
// FAULTS.md.

// The frames of RFC 9113, section 6, that the tests use.
const (
	frameData         byte = 0
	frameHeaders      byte = 1
	frameReset        byte = 3
	frameSettings     byte = 4
	framePing         byte = 6
	frameGoAway       byte = 7
	frameWindowUpdate byte = 8
	frameContinuation byte = 9

	flagEndStream  byte = 1
	flagAck        byte = 1
	flagEndHeaders byte = 4

	codeProtocolError uint32 = 1
	codeInternalError uint32 = 2
	codeRefusedStream uint32 = 7
)

// status200 is the header block ":status: 200", RFC 7541, appendix A.
var status200 = []byte{0x88}

// peer is the server's end of an HTTP/2 connection, with a request on it.
type peer struct {
	net.Conn
	stream uint32
	body   string
}

// handler handles a request.
type handler func(peer)

// write writes a frame of the request's stream.
func (p peer) write(kind, flags byte, payload []byte) {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	frame = append(frame, flags)
	frame = binary.BigEndian.AppendUint32(frame, p.stream)
	p.Write(append(frame, payload...))
}

// connection is for the frames that belong to no stream.
func (p peer) connection() peer { return peer{Conn: p.Conn} }

func (p peer) respond(body string, flags byte) {
	p.write(frameHeaders, flagEndHeaders, status200)
	p.write(frameData, flags, []byte(body))
}

func (p peer) reset(code uint32) {
	p.write(frameReset, 0, binary.BigEndian.AppendUint32(nil, code))
}

func (p peer) goAway(last uint32) {
	payload := binary.BigEndian.AppendUint32(nil, last)
	p.connection().write(frameGoAway, 0, binary.BigEndian.AppendUint32(payload, 0))
	p.Close()
}

// The handlers.

func (p peer) session()          { p.respond(sessionJSON, flagEndStream) }
func (p peer) cutJSON()          { p.respond(`{"data":`, flagEndStream) }
func (p peer) refuse()           { p.reset(codeRefusedStream) }
func (p peer) goAwayUnread()     { p.goAway(0) }
func (p peer) close()            { p.Close() }
func (p peer) zeroWindowUpdate() { p.connection().write(frameWindowUpdate, 0, make([]byte, 4)) }

func (p peer) closeInMidBody() {
	p.respond(sessionJSON[:20], 0)
	p.Close()
}

func (p peer) pseudoHeaderInTrailers() {
	p.respond(sessionJSON, 0)
	p.write(frameHeaders, flagEndHeaders|flagEndStream, status200)
}

// resetInMidBody resets the stream. With codeProtocolError the client closes the
// connection.
func resetInMidBody(code uint32) handler {
	return func(p peer) {
		p.respond(sessionJSON[:20], 0)
		p.reset(code)
	}
}

// headersOf responds with n header fields of 10 KiB, each a literal without
// indexing: RFC 7541, section 6.2.2.
func headersOf(n int) handler {
	field := append([]byte("\x00\x07x-flood"), binary.AppendUvarint([]byte{127}, 10<<10-127)...)
	field = append(field, strings.Repeat("x", 10<<10)...)
	return func(p peer) {
		p.write(frameHeaders, 0, status200)
		for range n {
			p.write(frameContinuation, 0, field)
		}
		p.write(frameContinuation, flagEndHeaders, nil)
	}
}

// informational responds n times with a status, and then with a session.
func informational(status string, n int) handler {
	block := append([]byte{0x08, 3}, status...) // :status, by the index of its name
	return func(p peer) {
		for range n {
			p.write(frameHeaders, flagEndHeaders, block)
		}
		p.session()
	}
}

// http2Server acknowledges settings and pings, and handles each request with the
// next handler, or the last.
func http2Server(handlers ...handler) func(net.Conn) {
	return func(conn net.Conn) {
		writes := make(chan func(), 1000) // the client must never wait for us to read
		defer close(writes)
		go func() {
			for write := range writes {
				write()
			}
		}()
		writes <- func() { peer{Conn: conn}.write(frameSettings, 0, nil) }

		io.CopyN(io.Discard, conn, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
		for requests := 0; ; {
			head := make([]byte, 9)
			if _, err := io.ReadFull(conn, head); err != nil {
				return
			}
			payload := make([]byte, binary.BigEndian.Uint32(head)>>8)
			if _, err := io.ReadFull(conn, payload); err != nil {
				return
			}

			kind, flags := head[3], head[4]
			p := peer{Conn: conn, stream: binary.BigEndian.Uint32(head[5:]), body: string(payload)}
			isRequest := kind == frameHeaders || kind == frameData
			switch {
			case kind == frameSettings && flags&flagAck == 0:
				writes <- func() { p.write(frameSettings, flagAck, nil) }
			case kind == framePing && flags&flagAck == 0:
				writes <- func() { p.write(framePing, flagAck, payload) }
			case isRequest && flags&flagEndStream != 0:
				handle := handlers[min(requests, len(handlers)-1)]
				requests++
				writes <- func() { handle(p) }
			}
		}
	}
}

// newHTTP2Client returns a client that speaks HTTP/2 without TLS, for a bubble.
func newHTTP2Client(tb testing.TB, server servers, opts ...Option) *Client {
	needsHTTP2(tb)
	needsEntropy(tb) // for pings

	transport := newTransport()
	transport.DialContext = pipes(server)
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	own := WithHTTPClient(&http.Client{Transport: transport})
	c := newClient(tb, append([]Option{own}, opts...)...)
	tb.Cleanup(func() {
		synctest.Wait() // a connection is idle a moment after its last stream
		c.CloseIdleConnections()
	})
	return c
}

func TestSessionsCreate_HTTP2(t *testing.T) {
	works := http2Server(peer.session)
	goAways := http2Server(peer.goAwayUnread)
	internalError := http2Server(resetInMidBody(codeInternalError))
	tests := []struct {
		name   string
		server servers
		want   outcome
	}{
		{"row 15 closed in mid-body", firstConn(http2Server(peer.closeInMidBody), works), aSession(2)},
		{"row 16 the stream ends in mid-JSON", everyConn(http2Server(peer.cutJSON)), anInvalidResponse(200, "not JSON")},
		{"row 29 103, then a session", everyConn(http2Server(informational("103", 1))), aSession(1)},
		{"row 30 101 is informational", everyConn(http2Server(informational("101", 1))), aSession(1)},
		{"row 55 GOAWAY without a response", firstConn(goAways, works), aSession(1)},
		{"row 56 a stream is refused", everyConn(http2Server(peer.refuse, peer.session)), aSession(1)},
		{"row 56 every stream is refused", everyConn(http2Server(peer.refuse)), aTransportError(3, "timed out")},
		{"row 57 a stream is reset", everyConn(http2Server(resetInMidBody(codeInternalError), peer.session)), aSession(2)},
		{"row 57 every stream is reset", everyConn(internalError), aTransportError(3, "INTERNAL_ERROR")},
		{"row 57 PROTOCOL_ERROR", firstConn(http2Server(resetInMidBody(codeProtocolError)), works), aSession(2)},
		{"row 73 GOAWAY, always", everyConn(goAways), aTransportError(3, "one connection after another")},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) { test.want.check(t, newHTTP2Client(t, test.server)) })
	}
}

func TestSessionsCreate_HTTP2BoundsHeaders(t *testing.T) { // row 28
	tests := []struct {
		name   string
		handle handler
		want   outcome
	}{
		// A new connection may work, see row 86.
		{"far above 256 KiB", headersOf(40), aTransportError(3, "PROTOCOL_ERROR")},
		{"a little above 256 KiB", headersOf(26), aTransportError(1, "header list larger")},
		// Not endless: the client reads on after it has given up the stream, which
		// would keep the bubble busy for ever.
		{"7000 informational responses", informational("103", 7000), aTransportError(1, "header")},
	}
	for _, test := range tests {
		inBubble(t, "row 28 "+test.name, func(t *testing.T) {
			c := newHTTP2Client(t, everyConn(http2Server(test.handle)))
			checkMemory(t, test.name+" over HTTP/2", func() { test.want.check(t, c) })
		})
	}
}

// net/http sends a request again by itself if a GOAWAY says that it was not
// processed.
func TestSessionsCreate_HTTP2GoAwayBetweenCalls(t *testing.T) { // row 55
	bubble(t, func(t *testing.T) {
		c := newHTTP2Client(t, everyConn(http2Server(func(p peer) {
			p.session()
			p.goAway(p.stream)
		})))
		for range 20 {
			aSession(1).check(t, c)
			synctest.Wait() // until the client has seen the GOAWAY
		}
	})
}

func TestSessionsCreate_HTTP2HalfOpenConnection(t *testing.T) { // rows 58 and 87
	for timeout, took := range map[time.Duration]span{
		15 * time.Second: atOnce.after(10 * time.Second), // when the ping has timed out
		time.Second:      oneBackoff.after(time.Second),
	} {
		inBubble(t, fmt.Sprintf("WithTimeout(%v)", timeout), func(t *testing.T) {
			// The second request gets no response, and neither do pings.
			halfOpen := http2Server(peer.session, func(p peer) { silence(p.Conn) })
			c := newHTTP2Client(t, firstConn(halfOpen, http2Server(peer.session)), WithTimeout(timeout))
			aSession(1).check(t, c)
			aSession(2).checkTimed(t, c, took)
			aSession(1).check(t, c)
		})
	}
}

// One call breaks each connection that it shares with 63 others.
func TestSessionsCreate_HTTP2BrokenByAnotherCall(t *testing.T) {
	offending := Session{RedirectURI: "https://offender.test"}
	noResponse := aTransportError(4, "") // one of these attempts is no retry
	tests := []struct {
		name      string
		breakConn handler
		offender  outcome
	}{
		{"row 75 the connection is closed", peer.close, noResponse},
		{"row 86 a WINDOW_UPDATE of 0", peer.zeroWindowUpdate, noResponse},
		{"row 86 a pseudo-header in trailers", peer.pseudoHeaderInTrailers, aTransportError(3, "")},
		{"row 86 1 MiB of headers", headersOf(105), noResponse},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			c := newHTTP2Client(t, func(n int) func(net.Conn) {
				requests := 0
				return http2Server(func(p peer) {
					requests++
					switch {
					case strings.Contains(p.body, offending.RedirectURI):
						test.breakConn(p)
					case n > 1 || requests == 1: // the others of the first connection wait
						p.session()
					}
				})
			})
			aSession(1).check(t, c) // opens the first connection

			var calls sync.WaitGroup
			for range 63 {
				calls.Go(func() {
					if _, err := createSession(t, c); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			got := outcomeOf(c.Vault.Sessions.Create(t.Context(), offending))
			calls.Wait()
			if got != test.offender {
				t.Errorf("the offender got %v, want %v", got, test.offender)
			}
		})
	}
}

// flipConn flips one bit of what is written when flip is set.
type flipConn struct {
	net.Conn
	flip *atomic.Bool
}

func (c flipConn) Write(b []byte) (int, error) {
	if len(b) > 3 && c.flip.CompareAndSwap(true, false) {
		b = append([]byte(nil), b...)
		b[len(b)-3] ^= 1
	}
	return c.Conn.Write(b)
}

func TestSessionsCreate_TLSAlertOnUsedConnection(t *testing.T) { // row 86
	needsHTTP2(t)
	for _, proto := range []string{"http/1.1", "h2"} {
		t.Run("row 86 "+proto, func(t *testing.T) {
			server := newServer(t, &tls.Config{NextProtos: []string{proto}}, handleSession)
			var flip atomic.Bool
			transport := trusting(server)
			dial := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				return flipConn{conn, &flip}, err
			}
			c := newNetClient(t, transport, server.URL, withAttempts(1))
			aSession(1).check(t, c)

			flip.Store(true) // the server responds with the alert bad_record_mac
			aSession(2).check(t, c)
		})
	}
}
