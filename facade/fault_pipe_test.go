package facade_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// The faults of this file happen on the client's own transport over net.Pipe,
// inside a bubble of testing/synctest: time is virtual, and the bubble fails on
// a goroutine that is left. The row numbers are those of FAULTS.md.

// dialFunc is what the transport dials with.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// pipes dials a new pipe each time, whose other end serve plays; n counts from
// 1. If serve returns nil, the dial does not end.
func pipes(serve func(n int) func(net.Conn)) dialFunc {
	var mu sync.Mutex
	n := 0
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		mu.Lock()
		n++
		play := serve(n)
		mu.Unlock()
		if play == nil {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			play(server)
		}()
		return client, nil
	}
}

// everyConn plays the same on every pipe.
func everyConn(play func(net.Conn)) func(int) func(net.Conn) {
	return func(int) func(net.Conn) { return play }
}

// firstConn plays bad on the first pipe and good on those after it.
func firstConn(bad, good func(net.Conn)) func(int) func(net.Conn) {
	return func(n int) func(net.Conn) {
		if n == 1 {
			return bad
		}
		return good
	}
}

// newPipeClient returns a client whose own transport dials with dial.
func newPipeClient(tb testing.TB, dial dialFunc, opts ...facade.Option) *facade.Client {
	transport := facade.DefaultTransport()
	transport.DialContext = dial
	c := newClient(tb, append([]facade.Option{facade.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	tb.Cleanup(c.CloseIdleConnections)
	return c
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

// sendThen reads a request, writes text, and then calls and, until the client
// closes the pipe.
func sendThen(text string, and func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		r := bufio.NewReader(conn)
		for readRequest(r) {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			if and != nil {
				and(conn)
			}
		}
	}
}

// silence reads and never writes.
func silence(conn net.Conn) { io.Copy(io.Discard, conn) }

// drip writes a byte a second.
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

var (
	overTLS       = facade.WithBaseURL("https://api.test")
	inClear       = facade.Option{}
	wholeResponse = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(sessionJSON), sessionJSON)
	halfResponse  = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(sessionJSON), sessionJSON[:20])
	works         = sendThen(wholeResponse, nil)
)

func TestSessionsCreate_SlowFaults(t *testing.T) {
	const s = time.Second
	timedOut := func(each time.Duration, says string) outcome {
		return outcome{is: context.DeadlineExceeded, attempts: 3, min: 3 * each, max: min(3*each+3*backoff, 45*s), says: says}
	}
	retried := func(after time.Duration) outcome {
		return outcome{session: true, attempts: 2, min: after, max: after + backoff}
	}
	hung := timedOut(10*s, "TLS handshake timeout")
	hung.is = errAny // net/http's own
	late := func(conn net.Conn) {
		if readRequest(bufio.NewReader(conn)) {
			time.Sleep(12 * s)
			io.WriteString(conn, wholeResponse)
		}
	}
	after12s := outcome{session: true, attempts: 1, min: 12 * s, max: 12 * s}
	tests := []struct {
		n     int
		name  string
		base  facade.Option
		serve func(int) func(net.Conn)
		want  outcome
	}{
		{0, "nothing is wrong", inClear, everyConn(works), outcome{session: true, attempts: 1}},
		{4, "no dial ends", inClear, everyConn(nil), timedOut(15*s, "attempt timed out")},
		{4, "one dial does not end", inClear, firstConn(nil, works), retried(15 * s)},
		{5, "TLS handshakes hang", overTLS, everyConn(silence), hung},
		{17, "headers never come", inClear, everyConn(silence), timedOut(15*s, "attempt timed out after")},
		{17, "headers never come, then a session", inClear, firstConn(silence, works), retried(15 * s)},
		{17, "headers come after 12 s", inClear, everyConn(late), after12s},
		{18, "bodies drip", inClear, everyConn(sendThen(halfResponse, drip)), timedOut(15*s, "attempt timed out")},
		{53, "one attempt times out", inClear, firstConn(sendThen(halfResponse, silence), works), retried(15 * s)},
	}
	var worst time.Duration
	for _, r := range tests {
		inBubble(t, fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			if strings.HasPrefix(r.name, "TLS") {
				needsEntropy(t)
			}
			c := newPipeClient(t, pipes(r.serve), r.base)
			start := time.Now()
			r.want.check(t, c)
			worst = max(worst, time.Since(start))
		})
	}
	t.Logf("figure: worst wall time: %v virtual in %d rows", worst, len(tests))
	if worst > 45*s {
		t.Error("above 45s")
	}
}

// The other phases are rows 49 and 51.
func TestSessionsCreate_CanceledInEveryPhase(t *testing.T) {
	unavailable := sendThen("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", nil)
	phases := []struct {
		name  string
		base  facade.Option
		serve func(int) func(net.Conn)
	}{
		{"dial", inClear, everyConn(nil)},
		{"TLS", overTLS, everyConn(silence)},
		{"headers", inClear, everyConn(silence)},
		{"body", inClear, everyConn(sendThen(halfResponse, silence))},
		{"dial of a retry", inClear, firstConn(unavailable, nil)},
		{"body of a retry", inClear, firstConn(unavailable, sendThen(halfResponse, drip))},
	}
	t.Logf("figure: cancel: 0 virtual ns in %d phases", len(phases))
	for _, p := range phases {
		for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
			inBubble(t, fmt.Sprintf("row 50 %s %v", p.name, want), func(t *testing.T) {
				if p.name == "TLS" {
					needsEntropy(t)
				}
				const after = 3 * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				if want == context.Canceled {
					ctx, cancel = context.WithCancel(t.Context())
					time.AfterFunc(after, cancel)
				}
				c := newPipeClient(t, pipes(p.serve), p.base)
				o := outcome{is: want, attempts: 1, min: after, max: after}
				if strings.HasSuffix(p.name, "retry") {
					o.attempts = 2
				}
				o.checkContext(ctx, t, c)
				if want == context.Canceled {
					wantBudget(t, c, facade.BudgetCapacity)
				}
			})
		}
	}
}

func TestSessionsCreate_CanceledCallsDoNotDisturbOthers(t *testing.T) { // row 54
	synctest.Test(t, func(t *testing.T) {
		c := newPipeClient(t, pipes(everyConn(func(conn net.Conn) {
			r := bufio.NewReader(conn)
			for readRequest(r) && pause(conn) {
				io.WriteString(conn, wholeResponse)
			}
		})))
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%2 == 0 {
					time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
				}
				out, err := c.Vault.Sessions.Create(ctx, facade.Session{})
				if i%2 == 0 && !errors.Is(err, context.Canceled) || i%2 == 1 && (err != nil || out.Attempts != 1) {
					t.Errorf("call %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		wantBudget(t, c, facade.BudgetCapacity)
	})
}

func TestWithTimeout_BoundsOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dripping := pipes(everyConn(sendThen(halfResponse, drip)))
		want := outcome{is: context.DeadlineExceeded, attempts: 3, min: 6 * time.Second, max: 6*time.Second + 3*backoff}
		want.says = "attempt timed out after 2s"
		want.check(t, newPipeClient(t, dripping, facade.WithTimeout(2*time.Second)))

		// The caller's own timeout does the same.
		transport := facade.DefaultTransport()
		transport.DialContext = dripping
		c := newClient(t, facade.WithHTTPClient(&http.Client{Transport: transport, Timeout: 2 * time.Second}))
		t.Cleanup(c.CloseIdleConnections)
		want.check(t, c)
		negative := facade.WithHTTPClient(&http.Client{Transport: transport, Timeout: -1}) // none, as for net/http
		want.check(t, c, negative, facade.WithTimeout(2*time.Second))
	})
}
