package facade

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// The faults of this file happen on the client's own transport over net.Pipe,
// inside a bubble of testing/synctest: time is virtual, and the bubble fails on
// a goroutine that is left. The row numbers are those of FAULTS.md.

// dialFunc is what the transport dials with.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// pipes dials a new pipe each time, whose other end serve plays; n counts from
// 1. A nil serve, at n, never answers the dial.
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

// always plays the same on every pipe.
func always(play func(net.Conn)) func(int) func(net.Conn) {
	return func(int) func(net.Conn) { return play }
}

// first plays bad on the first pipe and good on those after it.
func first(bad, good func(net.Conn)) func(int) func(net.Conn) {
	return func(n int) func(net.Conn) {
		if n == 1 {
			return bad
		}
		return good
	}
}

// newPipeClient returns a client whose own transport dials with dial.
func newPipeClient(tb testing.TB, dial dialFunc, opts ...Option) *Client {
	transport := defaultTransport()
	transport.DialContext = dial
	c := newFaultClient(tb, append([]Option{WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
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

// respond reads a request, writes text, and then calls and, until the client
// closes the pipe.
func respond(text string, and func(net.Conn)) func(net.Conn) {
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

const overTLS = "https://api.test"

var (
	wholeAnswer = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(goodBody), goodBody)
	halfAnswer  = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(goodBody), goodBody[:20])
	works       = respond(wholeAnswer, nil)
)

func TestFaultsInTime(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tests := []struct {
		row   int
		name  string
		base  string
		serve func(int) func(net.Conn)
		want  outcome
	}{
		{0, "nothing is wrong", "", always(works), outcome{session: true, attempts: 1}},
		{4, "dials that never answer", "", always(nil), outcome{is: context.DeadlineExceeded, attempts: 3, min: 44 * s, max: 45 * s}},
		{4, "a dial that never answers, then a session", "", first(nil, works), outcome{session: true, attempts: 2, min: 15 * s, max: 15*s + backoff}},
		{5, "TLS handshakes that hang", overTLS, always(silence), outcome{is: errAny, attempts: 3, min: 30 * s, max: 30*s + 3*backoff, says: "TLS handshake timeout"}},
		{17, "headers that never come", "", always(silence), outcome{is: errAny, attempts: 3, min: 30 * s, max: 30*s + 3*backoff, says: "timeout awaiting response headers"}},
		{17, "headers that never come, then a session", "", first(silence, works), outcome{session: true, attempts: 2, min: 10 * s, max: 10*s + backoff}},
		{18, "bodies that drip", "", always(respond(halfAnswer, drip)), outcome{is: context.DeadlineExceeded, attempts: 3, min: 45 * s, max: 45 * s, says: "attempt timed out"}},
		{53, "one attempt times out, the context lives", "", first(respond(halfAnswer, silence), works), outcome{session: true, attempts: 2, min: 15 * s, max: 15*s + backoff}},
	}
	var worst atomic.Int64
	t.Cleanup(func() { // after the rows
		t.Logf("figure: worst wall time: %v virtual in %d rows", time.Duration(worst.Load()), len(tests))
		if time.Duration(worst.Load()) > 45*s {
			t.Error("above 45s")
		}
	})
	for _, r := range tests {
		t.Run(fmt.Sprintf("row %d %s", r.row, r.name), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var opts []Option
				if r.base != "" {
					opts = append(opts, WithBaseURL(r.base))
				}
				c := newPipeClient(t, pipes(r.serve), opts...)
				start := time.Now()
				out, err := c.Vault.Sessions.Create(t.Context(), Session{})
				took := time.Since(start)
				for w := worst.Load(); int64(took) > w && !worst.CompareAndSwap(w, int64(took)); w = worst.Load() {
				}
				r.want.check(t, out, err, took)
				if e, ok := err.(*apierrors.TransportError); ok && !e.Timeout() {
					t.Errorf("Timeout is false for %v", err)
				}
			})
		})
	}
}

func TestCancellingReturnsAtOnceInEveryPhase(t *testing.T) { // row 50; before and backoff are rows 49 and 51
	t.Parallel()
	phases := []struct {
		name, base string
		serve      func(int) func(net.Conn)
	}{
		{"dial", "", always(nil)},
		{"TLS", overTLS, always(silence)},
		{"headers", "", always(silence)},
		{"body", "", always(respond(halfAnswer, silence))},
		{"dial of a retry", "", first(respond("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", nil), nil)},
		{"body of a retry", "", first(respond("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", nil), respond(halfAnswer, drip))},
	}
	t.Cleanup(func() { t.Logf("figure: cancel: 0 virtual ns in %d phases", len(phases)) })
	for _, p := range phases {
		for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
			t.Run(fmt.Sprintf("row 50 %s %v", p.name, want), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					const after = 3 * time.Second
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if want == context.DeadlineExceeded {
						ctx, cancel = context.WithTimeout(t.Context(), after)
						defer cancel()
					} else {
						time.AfterFunc(after, cancel)
					}
					var opts []Option
					if p.base != "" {
						opts = append(opts, WithBaseURL(p.base))
					}
					c := newPipeClient(t, pipes(p.serve), opts...)
					start := time.Now()
					_, err := c.Vault.Sessions.Create(ctx, Session{})
					if took := time.Since(start); took != after {
						t.Errorf("returned %v after the end", took-after)
					}
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
					checkError(t, err)
					if want == context.Canceled && retriesLeft(c) != budgetCapacity {
						t.Errorf("a cancelled call cost %d tenths", budgetCapacity-retriesLeft(c))
					}
				})
			})
		}
	}
}

func TestCallersThatCancelDoNotDisturbTheOthers(t *testing.T) { // row 54
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(conn net.Conn) {
			r := bufio.NewReader(conn)
			for readRequest(r) && pause(conn) {
				if _, err := io.WriteString(conn, wholeAnswer); err != nil {
					return
				}
			}
		}
		c := newPipeClient(t, pipes(always(slow)))
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%2 == 0 {
					time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
				}
				out, err := c.Vault.Sessions.Create(ctx, Session{})
				if i%2 == 0 && !errors.Is(err, context.Canceled) {
					t.Errorf("call %d was cancelled and got %v", i, err)
				}
				if i%2 == 1 && (err != nil || out.Attempts != 1) {
					t.Errorf("call %d was not cancelled and got %v", i, err)
				}
			})
		}
		wg.Wait()
		if retriesLeft(c) != budgetCapacity {
			t.Errorf("cancelled calls cost %d tenths", budgetCapacity-retriesLeft(c))
		}
	})
}

func TestAnAttemptHasALimitOfItsOwn(t *testing.T) { // row 53, with WithTimeout
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newPipeClient(t, pipes(always(respond(halfAnswer, drip))), WithTimeout(2*time.Second))
		start := time.Now()
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		outcome{is: context.DeadlineExceeded, attempts: 3, min: 6 * time.Second, max: 6*time.Second + 3*backoff, says: "attempt timed out after 2s"}.check(t, out, err, time.Since(start))
	})
}
