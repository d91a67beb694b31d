package facade

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The servers of the tests: byte scripts over net.Pipe on the virtual clock, byte
// scripts over TCP, and servers of net/http.

var (
	wholeResponse = sized("HTTP/1.1 200 OK\r\n", sessionJSON)
	halfResponse  = wholeResponse[:len(wholeResponse)-len(sessionJSON)+20]
)

// sized is a response with this head and body.
func sized(head, body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// chunked is a response with body as one chunk, without the last chunk.
func chunked(body string) string {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	return fmt.Sprintf("%s%x\r\n%s\r\n", head, len(body), body)
}

func gzipped(text string) string {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	io.WriteString(w, text)
	w.Close()
	return buf.String()
}

// readRequest reads one request and reports whether one came.
func readRequest(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

// serveSession is a server that works.
func serveSession(conn net.Conn) {
	for r := bufio.NewReader(conn); readRequest(r); {
		if _, err := io.WriteString(conn, wholeResponse); err != nil {
			return
		}
	}
}

// silence is a server that reads and never writes.
func silence(conn net.Conn) { io.Copy(io.Discard, conn) }

// respondThen is a server that reads a request, writes text and calls then.
func respondThen(text string, then func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		if readRequest(bufio.NewReader(conn)) {
			io.WriteString(conn, text)
			then(conn)
		}
	}
}

// drip writes a byte a second until the client closes the connection.
func drip(conn net.Conn) {
	for {
		if _, err := io.WriteString(conn, " "); err != nil || !pause(conn) {
			return
		}
	}
}

// pause waits a second and reports whether the client was there all the while.
func pause(conn net.Conn) bool {
	conn.SetReadDeadline(time.Now().Add(time.Second))
	defer conn.SetReadDeadline(time.Time{})
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// A servers function returns the server of the n-th connection, counted from 1. If
// it returns nil, the dial does not end.
type servers func(n int) func(net.Conn)

// everyConn has the same server on every connection.
func everyConn(server func(net.Conn)) servers {
	return func(int) func(net.Conn) { return server }
}

// firstConn has another server on the first connection.
func firstConn(first, others func(net.Conn)) servers {
	return func(n int) func(net.Conn) {
		if n == 1 {
			return first
		}
		return others
	}
}

// counted counts the connections of server.
func counted(server servers) (servers, *atomic.Int64) {
	var conns atomic.Int64
	return func(n int) func(net.Conn) {
		conns.Add(1)
		return server(n)
	}, &conns
}

// pipes dials a new net.Pipe each time.
func pipes(server servers) func(ctx context.Context, network, address string) (net.Conn, error) {
	var dials atomic.Int64
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		serve := server(int(dials.Add(1)))
		if serve == nil {
			<-ctx.Done()
			return nil, ctx.Err()
		}

		client, conn := net.Pipe()
		go func() {
			defer conn.Close()
			serve(conn)
		}()
		return client, nil
	}
}

// newPipeClient returns a client whose own transport dials pipes, for a bubble.
func newPipeClient(tb testing.TB, server servers, opts ...Option) *Client {
	transport := newTransport()
	transport.DialContext = pipes(server)
	own := WithHTTPClient(&http.Client{Transport: transport})
	c := newClient(tb, append([]Option{own}, opts...)...)
	tb.Cleanup(c.CloseIdleConnections)
	return c
}

// A step is the server's side of one TCP connection.
type step func(*net.TCPConn)

// listen accepts TCP connections, which serve handles, and returns the server's URL.
// n counts from 1.
func listen(tb testing.TB, serve func(n int, conn *net.TCPConn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}

	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				serve(n, conn.(*net.TCPConn))
			})
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		wg.Wait()
	})
	return "http://" + listener.Addr().String()
}

// newRawServer plays one step on each connection, in order, and returns its URL. The
// test fails if a step is not used, and on a connection too many.
func newRawServer(tb testing.TB, steps ...step) string {
	var accepted atomic.Int64
	tb.Cleanup(func() {
		if accepted.Load() != int64(len(steps)) {
			tb.Errorf("%d connections, but %d are scripted", accepted.Load(), len(steps))
		}
	})
	return listen(tb, func(n int, conn *net.TCPConn) {
		accepted.Add(1)
		if n <= len(steps) {
			steps[n-1](conn)
		}
	})
}

// newNetClient returns a client with short backoffs and timeouts that a busy
// machine does not reach.
func newNetClient(
	tb testing.TB, transport *http.Transport, baseURL string, opts ...Option,
) *Client {
	transport.TLSHandshakeTimeout = time.Minute
	c := newClient(tb, append([]Option{
		WithBaseURL(baseURL),
		WithHTTPClient(&http.Client{Transport: transport}),
		WithTimeout(time.Minute),
		withRetries(func(c *RetryConfig) {
			c.InitialInterval, c.MaxInterval = time.Millisecond, time.Millisecond
			c.MaxElapsedTime = 0
		}),
	}, opts...)...)
	tb.Cleanup(c.CloseIdleConnections)
	return c
}

// send reads a request, writes text, and closes.
func send(text string) step {
	return func(conn *net.TCPConn) { respondThen(text, func(net.Conn) {})(conn) }
}

// sendAndReset reads a request, writes text, and resets the connection.
func sendAndReset(text string) step {
	return func(conn *net.TCPConn) {
		send(text)(conn)
		conn.SetLinger(0)
	}
}

// sendAndHold reads a request, writes text, and waits until the client closes.
func sendAndHold(text string) step {
	return func(conn *net.TCPConn) { respondThen(text, silence)(conn) }
}

// newServer starts a server. config is nil for one without TLS.
func newServer(tb testing.TB, config *tls.Config, handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	tb.Cleanup(server.Close)
	if config == nil {
		server.Start()
		return server
	}

	server.TLS = config
	server.EnableHTTP2 = true
	server.StartTLS()
	return server
}

// handleSession is a handler that works.
func handleSession(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, sessionJSON)
}

// trusting returns a new transport that trusts the server's certificate.
func trusting(server *httptest.Server) *http.Transport {
	transport := newTransport()
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig
	transport.TLSClientConfig = &tls.Config{RootCAs: trusted.RootCAs}
	return transport
}

// checkGoroutines fails the test unless the number of goroutines comes back to
// what it was.
func checkGoroutines(tb testing.TB, before int) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			tb.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks)
		}
	}
}
