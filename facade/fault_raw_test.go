package facade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// The faults of this file are bytes on a real TCP connection. The row numbers
// are those of FAULTS.md.

// newRawServer plays one step on each connection it accepts, in order. A step that
// is left, and a connection too many, fail the test; so does a connection that
// the client has not closed in the end.

func newRawServer(tb testing.TB, steps ...func(*net.TCPConn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var wg sync.WaitGroup
	accepted := 0
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			step := func(*net.TCPConn) { tb.Errorf("connection %d, but %d are scripted", accepted, len(steps)) }
			if accepted++; accepted <= len(steps) {
				step = steps[accepted-1]
			}
			wg.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(20 * time.Second))
				step(conn.(*net.TCPConn))
			})
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		wg.Wait()
		if accepted < len(steps) {
			tb.Errorf("%d of %d scripted connections were not used", len(steps)-accepted, len(steps))
		}
	})
	return "http://" + listener.Addr().String()
}

// newRawClient returns a client with the default transport and short waits.
func newRawClient(tb testing.TB, base string, opts ...Option) *Client {
	return newTransportClient(tb, defaultTransport(), base, opts...)
}

// newTransportClient does so with another transport. The test fails when one of
// its connections is open after CloseIdleConnections.
func newTransportClient(tb testing.TB, transport *http.Transport, base string, opts ...Option) *Client {
	policy := DefaultRetryConfig()
	policy.InitialInterval, policy.MaxInterval = time.Millisecond, time.Millisecond
	dial := transport.DialContext
	var open atomic.Int64
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		return &openConn{Conn: conn, closed: sync.OnceFunc(func() { open.Add(-1) })}, nil
	}
	own := []Option{WithBaseURL(base), WithRetries(policy), WithHTTPClient(&http.Client{Transport: transport})}
	c := newFaultClient(tb, append(own, opts...)...)
	tb.Cleanup(func() { // before the server waits for its connections to end
		c.CloseIdleConnections()
		for end := time.Now().Add(10 * time.Second); open.Load() > 0; runtime.Gosched() {
			if time.Now().After(end) {
				tb.Fatalf("%d connections are left open", open.Load())
			}
		}
	})
	return c
}

// openConn tells when it is closed.
type openConn struct {
	net.Conn
	closed func()
}

func (c *openConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// Steps.

// send reads a request, writes text, and closes.
func send(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		if readRequest(bufio.NewReader(conn)) {
			io.WriteString(conn, text)
		}
	}
}

// sendAndReset reads a request, writes text, and resets the connection.
func sendAndReset(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		send(text)(conn)
		conn.SetLinger(0)
	}
}

// serve answers requests until the client closes the connection.
func serve(conn *net.TCPConn) {
	for r := bufio.NewReader(conn); readRequest(r); {
		io.WriteString(conn, wholeAnswer)
	}
}

// resetAtOnce reads some bytes and resets the connection.
func resetAtOnce(conn *net.TCPConn) {
	conn.Read(make([]byte, 16))
	conn.SetLinger(0)
}

// chunked is text as one chunk, without the last chunk.
func chunked(text string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(text), text)
}

// compressed is an answer of this body with Content-Encoding: gzip.
func compressed(status int, body []byte) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", status, http.StatusText(status), len(body), body)
}

func gzipped(text string) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	io.WriteString(w, text)
	w.Close()
	return buf.Bytes()
}

func TestFaultsOnTheWire(t *testing.T) {
	const any = time.Minute // real time is not what these rows are about
	session := func(attempts int) outcome { return outcome{session: true, attempts: attempts, max: any} }
	fails := func(attempts int, says string) outcome {
		return outcome{is: errAny, attempts: attempts, max: any, says: says}
	}
	invalid := func(status int, says string) outcome {
		return outcome{invalid: status, attempts: 1, max: any, says: says}
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	toTheEnd := func(step func(*net.TCPConn)) []func(*net.TCPConn) {
		return []func(*net.TCPConn){step, step, step}
	}
	thenServe := func(step func(*net.TCPConn)) []func(*net.TCPConn) { return []func(*net.TCPConn){step, serve} }
	once := func(step func(*net.TCPConn)) []func(*net.TCPConn) { return []func(*net.TCPConn){step} }
	corrupt := gzipped(goodBody)
	corrupt[len(corrupt)-6] ^= 0xff // the checksum
	bigPage := strings.Repeat("x", maxResponseBody+1)

	tests := []struct {
		row   int
		name  string
		base  string // "https" to speak TLS
		steps []func(*net.TCPConn)
		want  outcome
	}{
		{6, "a reset in the handshake", "https", toTheEnd(resetAtOnce), fails(3, "reset")},
		{11, "a reset before the headers", "", toTheEnd(sendAndReset("")), fails(3, "reset")},
		{11, "a reset before the headers, then a session", "", thenServe(sendAndReset("")), session(2)},
		{12, "closed before the headers", "", toTheEnd(send("")), fails(3, "EOF")},
		{12, "closed before the headers, then a session", "", thenServe(send("")), session(2)},
		{14, "a partial status line", "", thenServe(send("HTTP/1.1 2")), session(2)},
		{14, "partial headers", "", thenServe(send("HTTP/1.1 200 OK\r\nContent-Ty")), session(2)},
		{14, "garbage", "", toTheEnd(send("SSH-2.0-OpenSSH_9.6\r\n\r\n")), fails(3, "malformed")},
		{14, "two Content-Lengths", "", toTheEnd(send(head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}")), fails(3, "Content-Length")},
		{14, "a malformed header line that echoes the key", "", toTheEnd(send(head + "Authorization Bearer " + canaryKey + "\r\n\r\n")), fails(3, "malformed MIME header")},
		{14, "a status line that echoes the key", "", toTheEnd(send("HTTP/1.1 " + canaryKey + "\r\n\r\n")), fails(3, "malformed HTTP status code")},
		{14, "a length that echoes the key", "", toTheEnd(send(head + "Content-Length: " + canaryKey + "\r\n\r\n")), fails(3, "bad Content-Length (3 attempts)")},
		{35, "a malformed Location", "", toTheEnd(send("HTTP/1.1 307 Temporary Redirect\r\nLocation: \x01" + canaryToken + "\r\n\r\n")), fails(3, "malformed MIME header line (3 attempts)")},
		{15, "closed in mid-body, with a length", "", thenServe(send(halfAnswer)), session(2)},
		{15, "reset in mid-body, with a length", "", thenServe(sendAndReset(halfAnswer)), session(2)},
		{15, "closed in mid-body, chunked", "", thenServe(send(chunked(goodBody[:20]))), session(2)},
		{15, "reset in mid-body, chunked", "", toTheEnd(sendAndReset(chunked(goodBody[:20]))), fails(3, "reading the answer")},
		{15, "a whole body without the last chunk", "", thenServe(send(chunked(goodBody))), session(2)},
		{15, "a refusal that breaks off keeps its status", "", once(send("HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 99\r\n\r\n{")), outcome{status: 422, attempts: 1, max: any}},
		{16, "cut short, delimited by the close", "", thenServe(send(head + "Connection: close\r\n\r\n" + goodBody[:40])), session(2)},
		{16, "cut short, HTTP/1.0", "", toTheEnd(send("HTTP/1.0 200 OK\r\n\r\n" + goodBody[:40])), fails(3, "unexpected EOF")},
		{16, "whole, delimited by the close", "", once(send(head + "Connection: close\r\n\r\n" + goodBody)), session(1)},
		{16, "invalid before its end, delimited by the close", "", once(send("HTTP/1.0 200 OK\r\n\r\n<html>hello</html>")), invalid(200, "not JSON")},
		{16, "invalid, with a length and Connection: close", "", once(send(head + "Connection: close\r\nContent-Length: 5\r\n\r\n{\"a\":")), invalid(200, "not JSON")},
		{16, "invalid, in whole gzip, with Connection: close", "", once(send(strings.Replace(compressed(200, gzipped(`{"a":`)), "\r\n", "\r\nConnection: close\r\n", 1))), invalid(200, "not JSON")},
		{25, "a body above 1 MiB, with a length", "", once(send(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(bigPage), bigPage))), invalid(200, "larger than 1 MiB")},
		{25, "a body above 1 MiB, chunked", "", once(send(chunked(bigPage))), invalid(200, "larger than 1 MiB")},
		{25, "a body of exactly 1 MiB", "", once(send(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s%s", head, maxResponseBody, goodBody, bigPage[1+len(goodBody):]))), invalid(200, "not JSON")},
		{25, "a page above 1 MiB keeps its status", "", once(send(fmt.Sprintf("HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s", len(bigPage), bigPage))), outcome{status: 403, attempts: 1, max: any}},
		{27, "gzip by the header alone", "", thenServe(send(compressed(200, []byte(goodBody)))), session(2)},
		{27, "a corrupt gzip stream", "", toTheEnd(send(compressed(200, corrupt))), fails(3, "gzip: invalid checksum")},
		{27, "a gzip stream cut short", "", thenServe(send(compressed(200, gzipped(goodBody)[:30]))), session(2)},
		{27, "a gzip stream in order", "", once(send(compressed(200, gzipped(goodBody)))), session(1)},
		{28, "a header line of 11 MiB", "", once(send(head + "X-Flood: " + strings.Repeat("x", 11<<20))), fails(1, "exceeded")},
		{28, "a flood of header lines", "", once(send(head + strings.Repeat("X-Flood: x\r\n", 1<<16))), fails(1, "exceeded")},
		{28, "informational answers without end", "", once(func(conn *net.TCPConn) {
			send("")(conn)
			for flood := strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100); ; {
				if _, err := io.WriteString(conn, flood); err != nil {
					return
				}
			}
		}), fails(1, "exceeded")},
		{29, "100, then a session", "", once(send("HTTP/1.1 100 Continue\r\n\r\n" + wholeAnswer)), session(1)},
		{29, "103, then a session", "", once(send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + wholeAnswer)), session(1)},
		{30, "101", "", once(func(conn *net.TCPConn) {
			send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")(conn)
			if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("row 30: the connection was not closed: %d, %v", n, err)
			}
		}), invalid(101, "switched protocols")},
		{30, "101 without Upgrade", "", once(send("HTTP/1.1 101 Switching Protocols\r\n\r\n")), invalid(101, "switched protocols")},
		{31, "a refusal that echoes the key", "", once(send("HTTP/1.1 401 Unauthorized\r\nX-Apideck-Request-Id: " + canaryKey + "\r\nConnection: close\r\n\r\n" +
			`{"message":"bad key ` + canaryKey + `","error":"` + canaryKey + `","detail":"` + canaryKey + `"}`)), outcome{status: 401, attempts: 1, max: any, says: "bad key " + keyMask}},
	}
	before := runtime.NumGoroutine()
	t.Run("rows", func(t *testing.T) {
		for _, r := range tests {
			t.Run(fmt.Sprintf("row %d %s", r.row, r.name), func(t *testing.T) {
				t.Parallel()
				base := newRawServer(t, r.steps...)
				if r.base == "https" {
					base = strings.Replace(base, "http:", "https:", 1)
				}
				c := newRawClient(t, base)
				out, err := c.Vault.Sessions.Create(t.Context(), Session{})
				r.want.check(t, out, err, 0)
				if e, ok := err.(*apierrors.APIError); ok && r.row == 25 && len(e.Body()) != maxResponseBody {
					t.Errorf("Body has %d bytes", len(e.Body()))
				}
			})
		}
	})
	checkGoroutines(t, before)
	t.Logf("figure: leaks: 0 goroutines, 0 connections after %d rows", len(tests))
}

// checkGoroutines fails the test unless the number of goroutines comes back to
// what it was.
func checkGoroutines(tb testing.TB, before int) {
	tb.Helper()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			tb.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func TestARefusedConnectionIsRetried(t *testing.T) { // row 1
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	listener.Close()
	out, err := newRawClient(t, base).Vault.Sessions.Create(t.Context(), Session{})
	outcome{is: syscall.ECONNREFUSED, attempts: 3, max: time.Minute}.check(t, out, err, 0)
}

func TestEveryAttemptSendsTheSameBytesOverTCP(t *testing.T) { // row 69
	t.Parallel()
	sent := make(chan string, 3)
	record := func(then func(*net.TCPConn)) func(*net.TCPConn) {
		return func(conn *net.TCPConn) {
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				t.Error(err)
				return
			}
			var wire bytes.Buffer
			req.Write(&wire)
			sent <- wire.String()
			then(conn)
		}
	}
	fail := func(conn *net.TCPConn) { io.WriteString(conn, "HTTP/1.1 503 Unavailable\r\nConnection: close\r\n\r\n") }
	base := newRawServer(t, record(func(conn *net.TCPConn) { conn.SetLinger(0) }), record(fail), record(func(conn *net.TCPConn) {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+goodBody)
	}))
	session := Session{RedirectURI: "https://mysaas.example/?a=<b>&c", CustomConsumerSettings: map[string]any{"k": []int{1, 2}, "a": nil}}
	out, err := newRawClient(t, base).Vault.Sessions.Create(t.Context(), session)
	outcome{session: true, attempts: 3, max: time.Minute}.check(t, out, err, 0)
	first, second, third := <-sent, <-sent, <-sent
	if !strings.Contains(first, "mysaas") || second != first || third != first {
		t.Errorf("the requests differ:\n%s\n---\n%s\n---\n%s", first, second, third)
	}
}

func TestAStaleConnectionIsInvisible(t *testing.T) { // row 13
	t.Parallel()
	const races = 1000
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Each connection answers one request, takes the next one whole, and then
	// closes or resets without an answer: the race, lost each time.
	var wg sync.WaitGroup
	var mu sync.Mutex
	lost, idempotencyKeys := 0, 0
	wg.Go(func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for i := range 2 {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					mu.Lock()
					idempotencyKeys += len(req.Header["Idempotency-Key"])
					if i == 1 {
						lost++
					}
					mu.Unlock()
					if i == 0 {
						io.WriteString(conn, wholeAnswer)
					}
				}
				if n%2 == 0 {
					conn.(*net.TCPConn).SetLinger(0)
				}
			})
		}
	})
	c := newRawClient(t, "http://"+listener.Addr().String())
	calls := 0
	for ; ; calls++ {
		mu.Lock()
		done := lost >= races
		mu.Unlock()
		if done || calls > 10*races {
			break
		}
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		if err != nil || out.Attempts != 1 {
			t.Fatalf("call %d: %v, %v", calls, out, err)
		}
	}
	c.CloseIdleConnections()
	listener.Close()
	wg.Wait()
	if lost < races || idempotencyKeys != 0 {
		t.Errorf("%d races in %d calls, %d Idempotency-Key headers on the wire", lost, calls, idempotencyKeys)
	}
	t.Logf("figure: stale keep-alive: %d races lost by the connection, 0 errors in %d calls", lost, calls)
}
