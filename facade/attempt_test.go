package facade

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// The faults are bytes on a real TCP connection, the same for each attempt. A call
// that retries must succeed if only the first attempt meets the fault.
func TestSessionsCreate_WireFault(t *testing.T) {
	const (
		ok       = "HTTP/1.1 200 OK\r\n"
		ok10     = "HTTP/1.0 200 OK\r\n\r\n"
		early    = "HTTP/1.1 103 Early Hints\r\n\r\n"
		moved    = "HTTP/1.1 307 Temporary Redirect\r\n"
		rejected = "HTTP/1.1 422 No\r\n"

		length  = "Content-Length: "
		huge    = length + "9223372036854775807\r\n\r\n{}"
		closing = "Connection: close\r\n"
		upgrade = "Connection: Upgrade\r\nUpgrade: x\r\n\r\n"
		inGzip  = ok + closing + "Content-Encoding: gzip\r\n"
	)
	stream := gzipped(sessionJSON)
	broken := []byte(stream)
	broken[len(broken)-6] ^= 0xff // the checksum
	big := strings.Repeat("x", maxResponseBody+1)

	retried := func(says string) outcome { return aTransportError(3, says) }
	malformed, cut := retried("malformed response"), retried("reading the response: unexpected EOF")
	notJSON, switched := anInvalidResponse(200, "not JSON"), anInvalidResponse(101, "switch protocols")
	tests := []struct {
		name  string
		fault step
		want  outcome
	}{
		{"row 11 reset before the headers", sendAndReset(""), retried("reset")},
		{"row 12 closed before the headers", send(""), retried("EOF")},
		{"row 14 a partial status line", send("HTTP/1.1 2"), malformed},
		{"row 14 partial headers", send(ok + "Content-Ty"), malformed},
		{"row 14 garbage", send("SSH-2.0-OpenSSH_9.6\r\n\r\n"), malformed},
		{"row 14 a header line with the key", send(ok + "X " + testKey + "\r\n\r\n"), malformed},
		{"row 14 a status line with the key", send("HTTP/1.1 " + testKey + "\r\n\r\n"), malformed},
		{"row 14 a length with the key", send(ok + length + testKey + "\r\n\r\n"), retried("bad Content-Length")},
		{"row 14 two lengths", send(ok + length + "5\r\n" + length + "6\r\n\r\n{}"), retried("Content-Length")},
		{"row 15 closed in mid-body", send(halfResponse), cut},
		{"row 15 reset in mid-body", sendAndReset(halfResponse), retried("reset")},
		{"row 15 closed in mid-body, chunked", send(chunked(sessionJSON[:20])), cut},
		{"row 15 the last chunk is missing", send(chunked(sessionJSON)), cut},
		{"row 15 an error response, cut short", send(rejected + length + "99\r\n\r\n{"), anAPIError(422, 1)},
		{"row 16 cut short, HTTP/1.0", send(ok10 + sessionJSON[:40]), cut},
		{"row 16 cut short, delimited by close", send(ok + closing + "\r\n" + sessionJSON[:40]), cut},
		{"row 16 whole, delimited by close", send(ok + closing + "\r\n" + sessionJSON), aSession(1)},
		{"row 16 invalid before its end", send(ok10 + "<html>hello</html>"), notJSON},
		{"row 16 incomplete, but with a length", send(sized(ok+closing, `{"a":`)), notJSON},
		{"row 16 incomplete, in a whole gzip stream", send(sized(inGzip, gzipped(`{"a":`))), notJSON},
		{"row 23 no body, HTTP/1.0", send(ok10), anInvalidResponse(200, "empty")},
		{"row 25 a body above 1 MiB", send(sized(ok, big)), anInvalidResponse(200, "larger than 1 MiB")},
		{"row 25 a body of 1 MiB", send(sized(ok, big[1:])), notJSON},
		{"row 27 gzip in the header alone", send(sized(inGzip, sessionJSON)), retried("invalid header")},
		{"row 27 a gzip stream that is cut short", send(sized(inGzip, stream[:30])), cut},
		{"row 27 a corrupt gzip stream", send(sized(inGzip, string(broken))), retried("invalid checksum")},
		{"row 27 a whole gzip stream", send(sized(inGzip, stream)), aSession(1)},
		{"row 29 100, then a session", send("HTTP/1.1 100 Continue\r\n\r\n" + wholeResponse), aSession(1)},
		{"row 29 103, then a session", send(early + wholeResponse), aSession(1)},
		{"row 30 101 without Upgrade", send("HTTP/1.1 101 Switch\r\n\r\n"), switched},
		{"row 30 the client closes", sendAndHold("HTTP/1.1 101 Switch\r\n" + upgrade), switched},
		{"row 35 a malformed Location", send(moved + "Location: \x01" + testToken + "\r\n\r\n"), malformed},
		{"row 74 a huge length", send(ok + huge), cut},
		{"row 74 a huge length with 422", send(rejected + huge), anAPIError(422, 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			server := newRawServer(t, slices.Repeat([]step{test.fault}, test.want.attempts)...)
			c := newNetClient(t, newTransport(), server)
			test.want.check(t, c)
			c.CloseIdleConnections()
			checkGoroutines(t, before+1) // the server's
		})
		if test.want.attempts > 1 {
			t.Run(test.name+", once", func(t *testing.T) {
				server := newRawServer(t, test.fault, send(wholeResponse))
				aSession(2).check(t, newNetClient(t, newTransport(), server))
			})
		}
	}
	t.Logf("figure: leaks: 0 goroutines after each of %d faults over TCP", len(tests))
}

// The faults below happen over net.Pipe on the virtual clock.

var (
	overTLS  = WithBaseURL("https://api.test")
	overHTTP = WithBaseURL("http://127.0.0.1")
)

func TestSessionsCreate_SlowFaults(t *testing.T) {
	const s = time.Second
	late := func(conn net.Conn) {
		if readRequest(bufio.NewReader(conn)) {
			time.Sleep(12 * s)
			io.WriteString(conn, wholeResponse)
		}
	}
	dripping, hanging := respondThen(halfResponse, drip), respondThen(halfResponse, silence)
	timeouts, whole := aTransportError(3, "attempt timed out after"), atOnce.after(45*s)
	handshakes := aTransportError(3, "TLS handshake timeout")
	once := oneBackoff.after(15 * s)
	tests := []struct {
		name   string
		base   Option
		server servers
		want   outcome
		took   span
	}{
		{"row 4 no dial ends", overHTTP, everyConn(nil), timeouts, whole},
		{"row 4 one dial does not end", overHTTP, firstConn(nil, serveSession), aSession(2), once},
		{"row 5 TLS handshakes hang", overTLS, everyConn(silence), handshakes, twoBackoffs.after(30 * s)},
		{"row 17 headers never come", overHTTP, everyConn(silence), timeouts, whole},
		{"row 17 once they do not come", overHTTP, firstConn(silence, serveSession), aSession(2), once},
		{"row 17 headers come after 12 s", overHTTP, everyConn(late), aSession(1), atOnce.after(12 * s)},
		{"row 18 bodies drip", overHTTP, everyConn(dripping), timeouts, whole},
		{"row 53 one body hangs", overHTTP, firstConn(hanging, serveSession), aSession(2), once},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			needsEntropy(t) // for TLS
			err := test.want.checkTimed(t, newPipeClient(t, test.server, test.base), test.took)
			if e, ok := err.(*apierrors.TransportError); ok && !e.Timeout() {
				t.Errorf("Timeout is false for %v", err)
			}
		})
	}
	t.Logf("figure: worst wall time: 45s virtual in %d rows", len(tests))
}

// The other phases are rows 49 and 51.
func TestSessionsCreate_CanceledInEveryPhase(t *testing.T) { // row 50
	unavailable := respondThen("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", func(net.Conn) {})
	const halfError = "HTTP/1.1 422 No\r\nContent-Length: 9\r\n\r\n{"
	phases := []struct {
		name     string
		base     Option
		server   servers
		attempts int
	}{
		{"dial", overHTTP, everyConn(nil), 1},
		{"TLS", overTLS, everyConn(silence), 1},
		{"headers", overHTTP, everyConn(silence), 1},
		{"body", overHTTP, everyConn(respondThen(halfResponse, silence)), 1},
		{"body of an error response", overHTTP, everyConn(respondThen(halfError, silence)), 1},
		{"dial of a retry", overHTTP, firstConn(unavailable, nil), 2},
		{"body of a retry", overHTTP, firstConn(unavailable, respondThen(halfResponse, drip)), 2},
	}
	t.Logf("figure: cancel: 0 virtual ns in %d phases", len(phases))
	const after = 3 * time.Second
	for _, phase := range phases {
		for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
			inBubble(t, fmt.Sprintf("row 50 %s %v", phase.name, want), func(t *testing.T) {
				needsEntropy(t) // for TLS
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				if want == context.Canceled {
					ctx, cancel = context.WithCancel(t.Context())
					time.AfterFunc(after, cancel)
				}

				c := newPipeClient(t, phase.server, phase.base)
				c.budget.retries = 50
				left := c.budget.retries
				if want == context.DeadlineExceeded {
					left -= float64(phase.attempts - 1) // the deadline does not give a retry back
				}
				start := time.Now()
				err := aTransportError(phase.attempts, want.Error()).checkContext(ctx, t, c)
				atOnce.after(after).check(t, start)
				checkIs(t, err, want)
				checkBudget(t, c, left)
				if strings.Contains(err.Error(), "previous attempt: ") != (phase.attempts > 1) {
					t.Errorf("%v does not say what happened before", err)
				}
			})
		}
	}
}

func TestSessionsCreate_ContextDoneBeforehand(t *testing.T) { // row 49
	left := errors.New("the customer left")
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(left)
	expired, cancelExpired := context.WithTimeout(t.Context(), -1)
	defer cancelExpired()
	for cause, ctx := range map[error]context.Context{left: canceled, context.DeadlineExceeded: expired} {
		t.Run("row 49 "+cause.Error(), func(t *testing.T) {
			c := newClient(t, newScript(t).option(), WithAPIKeyFunc(func(context.Context) (string, error) {
				t.Error("the key was asked for")
				return testKey, nil
			}))
			err := aTransportError(0, "not sent").checkContext(ctx, t, c)
			checkIs(t, err, cause, ctx.Err())
			checkBudget(t, c, budgetCapacity)
		})
	}
}

func TestSessionsCreate_CanceledCallsDoNotDisturbOthers(t *testing.T) { // row 54
	bubble(t, func(t *testing.T) {
		c := newPipeClient(t, everyConn(func(conn net.Conn) {
			for r := bufio.NewReader(conn); readRequest(r) && pause(conn); {
				io.WriteString(conn, wholeResponse)
			}
		}))
		var calls sync.WaitGroup
		for i := range 50 {
			calls.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
				_, err := c.Vault.Sessions.Create(ctx, Session{})
				checkIs(t, err, context.Canceled)
			})
			calls.Go(func() { aSession(1).check(t, c) })
		}
		calls.Wait()
		checkBudget(t, c, budgetCapacity)
	})
}

func TestWithTimeout_BoundsOneAttempt(t *testing.T) {
	const two = 2 * time.Second
	tests := []struct {
		name   string
		client time.Duration // http.Client.Timeout
		opts   []Option
	}{
		{"WithTimeout", 0, []Option{WithTimeout(two)}},
		{"http.Client.Timeout", two, nil},
		{"the shorter", time.Minute, []Option{WithTimeout(two)}},
		{"http.Client.Timeout is none", -1, []Option{WithTimeout(two)}},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			client := &http.Client{Transport: roundTripFunc(hang), Timeout: test.client}
			c := newClient(t, append(test.opts, WithHTTPClient(client))...)
			err := aTransportError(3, "attempt timed out after 2s").checkTimed(t, c, twoBackoffs.after(3*two))
			checkIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestWithTimeout_TooShortToSend(t *testing.T) { // such as 15, without a unit
	short := withRetries(func(c *RetryConfig) { c.MaxElapsedTime = 15 })
	for says, option := range map[string]Option{
		"not sent: context deadline exceeded: the attempt's timeout (WithTimeout,": WithTimeout(15),
		"not sent: context deadline exceeded: MaxElapsedTime has passed":           short,
	} {
		err := aTransportError(0, says).check(t, newClient(t, newScript(t).option()), option)
		checkIs(t, err, context.DeadlineExceeded)
	}
}

func TestWithHTTPClient_EachAttemptHasAFreshRequest(t *testing.T) { // rows 69 and 81
	bubble(t, func(t *testing.T) {
		var seen []string
		c := newClient(t, roundTripFunc(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			seen = append(seen, fmt.Sprint(r.Method, r.URL, r.Host, r.Header, r.ContentLength, string(body), err))
			r.Header.Add("X-Trace", "1")
			for _, values := range r.Header {
				clear(values)
			}
			r.Header.Del("Authorization")
			r.URL.Path, r.URL.Host = "/", "other.test"
			r.Method, r.Host, r.Body, r.GetBody, r.ContentLength = "GET", "", nil, nil, 0
			return down(r)
		}).option())
		anAPIError(503, 3).check(t, c)
		if len(seen) != 3 || len(slices.Compact(seen)) != 1 {
			t.Errorf("the transport sees different requests: %q", seen)
		}
	})
}

// brokenTransport returns neither a response nor an error.
type brokenTransport struct{}

func (*brokenTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestWithHTTPClient_BrokenTransport(t *testing.T) {
	both := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, _ := respond(503, "", "X-Apideck-Request-Id", testKey)(req)
		return resp, errors.New("the circuit is open")
	})
	noBody := roundTripFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403}, nil
	})
	const neither = "*facade.brokenTransport returned neither a response nor an error"
	aTransportError(1, neither).check(t, newClient(t, WithHTTPClient(&http.Client{Transport: new(brokenTransport)})))
	aTransportError(1, "sessions: the circuit is open").check(t, newClient(t, both.option(), withAttempts(1)))
	anAPIError(403, 1).check(t, newClient(t, noBody.option()))
}
