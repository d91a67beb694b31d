package facade_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// The faults of this file are bytes on a real TCP connection. The row numbers
// are those of FAULTS.md.

// newRawServer plays one step on each connection it accepts, in order. The test
// fails if a step is not used, and on a connection too many.
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

// newRawClient returns a client with short backoffs and transport, which is the
// default one if it is nil.
func newRawClient(tb testing.TB, transport *http.Transport, base string, opts ...facade.Option) *facade.Client {
	if transport == nil {
		transport = facade.DefaultTransport()
	}
	c := newClient(tb, append([]facade.Option{
		facade.WithBaseURL(base),
		facade.WithHTTPClient(&http.Client{Transport: transport}),
		withRetries(func(c *facade.RetryConfig) { c.InitialInterval, c.MaxInterval = time.Millisecond, time.Millisecond }),
	}, opts...)...)
	tb.Cleanup(c.CloseIdleConnections)
	return c
}

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

// chunked is text as one chunk, without the last chunk.
func chunked(text string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(text), text)
}

// compressed is a response with this body with Content-Encoding: gzip.
func compressed(body []byte) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func gzipped(text string) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	io.WriteString(w, text)
	w.Close()
	return buf.Bytes()
}

func TestSessionsCreate_WireFaults(t *testing.T) {
	type row struct {
		n     int
		name  string
		steps []func(*net.TCPConn)
		want  outcome
	}
	var rows []row
	serve := func(conn *net.TCPConn) { works(conn) }
	once := func(n int, name string, step func(*net.TCPConn), want outcome) {
		want.attempts = 1
		rows = append(rows, row{n, name, []func(*net.TCPConn){step}, want})
	}
	retried := func(n int, name string, step func(*net.TCPConn)) {
		rows = append(rows, row{n, name, []func(*net.TCPConn){step, serve}, outcome{session: true, attempts: 2}})
	}
	always := func(n int, name string, step func(*net.TCPConn), says string) {
		rows = append(rows, row{n, name, []func(*net.TCPConn){step, step, step}, failed(3, says)})
	}
	works := outcome{session: true}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	const closing = head + "Connection: close\r\n\r\n"

	always(11, "reset before the headers", sendAndReset(""), "reset")
	retried(11, "reset before the headers, then a session", sendAndReset(""))
	always(12, "closed before the headers", send(""), "EOF")
	retried(12, "closed before the headers, then a session", send(""))
	retried(14, "a partial status line", send("HTTP/1.1 2"))
	retried(14, "partial headers", send("HTTP/1.1 200 OK\r\nContent-Ty"))
	always(14, "garbage", send("SSH-2.0-OpenSSH_9.6\r\n\r\n"), "malformed")
	always(14, "two Content-Lengths", send(head+"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}"), "Content-Length")
	always(14, "a header line with the key", send(head+"X "+testKey+"\r\n\r\n"), "malformed response")
	always(14, "a status line with the key", send("HTTP/1.1 "+testKey+"\r\n\r\n"), "malformed response")
	always(14, "a length with the key", send(head+"Content-Length: "+testKey+"\r\n\r\n"), "bad Content-Length")
	redirect := send("HTTP/1.1 307 Temporary Redirect\r\nLocation: \x01" + testToken + "\r\n\r\n")
	always(35, "a malformed Location", redirect, "malformed response")

	retried(15, "closed in mid-body", send(halfResponse))
	retried(15, "reset in mid-body", sendAndReset(halfResponse))
	retried(15, "closed in mid-body, chunked", send(chunked(sessionJSON[:20])))
	always(15, "reset in mid-body, chunked", sendAndReset(chunked(sessionJSON[:20])), "reading the")
	retried(15, "a whole body without the last chunk", send(chunked(sessionJSON)))
	once(15, "an error response breaks off", send("HTTP/1.1 422 No\r\nContent-Length: 99\r\n\r\n{"), outcome{status: 422})
	retried(16, "cut short, delimited by the close", send(closing+sessionJSON[:40]))
	always(16, "cut short, HTTP/1.0", send("HTTP/1.0 200 OK\r\n\r\n"+sessionJSON[:40]), "unexpected EOF")
	once(16, "whole, delimited by the close", send(closing+sessionJSON), works)
	once(16, "invalid before its end", send("HTTP/1.0 200 OK\r\n\r\n<html>hello</html>"), invalidResponse(200, "not JSON"))
	once(23, "no body, HTTP/1.0", send("HTTP/1.0 200 OK\r\n\r\n"), invalidResponse(200, "empty"))
	incomplete := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n{\"a\":"
	once(16, "incomplete, but with a length", send(incomplete), invalidResponse(200, "not JSON"))
	incomplete = strings.Replace(compressed(gzipped(`{"a":`)), "\r\n", "\r\nConnection: close\r\n", 1)
	once(16, "incomplete, in whole gzip", send(incomplete), invalidResponse(200, "not JSON"))

	big := strings.Repeat("x", facade.MaxResponseBody+1)
	sized := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
	once(25, "a body above 1 MiB", send(head+sized(big)), invalidResponse(200, "larger than 1 MiB"))
	once(25, "a body of 1 MiB", send(head+sized(big[1:])), invalidResponse(200, "not JSON"))
	once(25, "an error response above 1 MiB", send("HTTP/1.1 403 Forbidden\r\n"+sized(big)), outcome{status: 403})

	const huge = "Content-Length: 9223372036854775807\r\n\r\n{}"
	always(74, "a huge Content-Length", send(head+huge), "unexpected EOF")
	once(74, "a huge Content-Length with 422", send("HTTP/1.1 422 No\r\n"+huge), outcome{status: 422})

	corrupt := gzipped(sessionJSON)
	corrupt[len(corrupt)-6] ^= 0xff // the checksum
	retried(27, "gzip in the header alone", send(compressed([]byte(sessionJSON))))
	always(27, "a corrupt gzip stream", send(compressed(corrupt)), "gzip: invalid checksum")
	retried(27, "a gzip stream cut short", send(compressed(gzipped(sessionJSON)[:30])))
	once(27, "a whole gzip stream", send(compressed(gzipped(sessionJSON))), works)
	once(29, "100, then a session", send("HTTP/1.1 100 Continue\r\n\r\n"+wholeResponse), works)
	once(29, "103, then a session", send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+wholeResponse), works)
	once(30, "101", func(conn *net.TCPConn) {
		send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")(conn)
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("row 30: the connection was not closed: %v", err)
		}
	}, invalidResponse(101, "switch protocols"))
	once(30, "101 without Upgrade", send("HTTP/1.1 101 Switch\r\n\r\n"), invalidResponse(101, "switch protocols"))

	before := runtime.NumGoroutine()
	t.Run("rows", func(t *testing.T) {
		for _, r := range rows {
			t.Run(fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
				t.Parallel()
				r.want.max = time.Minute
				err := r.want.check(t, newRawClient(t, nil, newRawServer(t, r.steps...)))
				if e, ok := err.(*apierrors.APIError); ok && r.n == 25 && len(e.Body()) != facade.MaxResponseBody {
					t.Errorf("Body has %d bytes", len(e.Body()))
				}
			})
		}
		resetAtOnce := func(conn *net.TCPConn) {
			conn.Read(make([]byte, 16))
			conn.SetLinger(0)
		}
		plainHTTP := func(conn *net.TCPConn) {
			io.WriteString(conn, "HTTP/1.0 400 Bad Request\r\n\r\n")
			conn.CloseWrite()
			io.Copy(io.Discard, conn)
		}
		reset3 := slices.Repeat([]func(*net.TCPConn){resetAtOnce}, 3)
		for _, r := range []row{
			{6, "reset in the handshake", reset3, outcome{is: syscall.ECONNRESET, attempts: 3}},
			{9, "plain HTTP", []func(*net.TCPConn){plainHTTP}, outcome{is: http.ErrSchemeMismatch, attempts: 1}},
		} {
			t.Run(fmt.Sprintf("row %d TLS: %s", r.n, r.name), func(t *testing.T) {
				t.Parallel()
				r.want.max = time.Minute
				r.want.check(t, newRawClient(t, nil, strings.Replace(newRawServer(t, r.steps...), "http:", "https:", 1)))
			})
		}
	})
	checkGoroutines(t, before)
	t.Logf("figure: leaks: 0 goroutines, 0 connections after %d rows", len(rows)+2)
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
