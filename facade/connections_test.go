package facade

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The connection pool: reuse, and connections that turn out to be dead.

// keepAlive is a server whose first n connections get their first requests at the
// same time, so that n calls open n connections. The second request on one of them
// is handled by later.
func keepAlive(n int, later func(net.Conn)) servers {
	var together sync.WaitGroup
	together.Add(n)
	return func(dial int) func(net.Conn) {
		if dial > n {
			return serveSession
		}
		return func(conn net.Conn) {
			r := bufio.NewReader(conn)
			if !readRequest(r) {
				return
			}
			together.Done()
			together.Wait()
			io.WriteString(conn, wholeResponse)
			if readRequest(r) {
				later(conn)
			}
		}
	}
}

func TestSessionsCreate_SilentPool(t *testing.T) { // row 87
	bubble(t, func(t *testing.T) {
		const pooled = 3
		c := newPipeClient(t, keepAlive(pooled, silence))
		if err := errors.Join(createSessions(t, c, pooled)...); err != nil {
			t.Fatal(err)
		}
		aSession(2).checkTimed(t, c, oneBackoff.after(defaultTimeout))
	})
}

func TestSessionsCreate_DeadPool(t *testing.T) { // row 73
	bubble(t, func(t *testing.T) {
		const pooled = 200
		var posts atomic.Int64
		dead := func(net.Conn) { posts.Add(1) } // closes without a response
		server, dials := counted(keepAlive(pooled, dead))
		c := newPipeClient(t, server, withAttempts(1))
		if err := errors.Join(createSessions(t, c, pooled)...); err != nil || dials.Load() != pooled {
			t.Fatalf("%d connections, %v", dials.Load(), err)
		}
		aSession(2).check(t, c)
		if posts.Load() != 1 || dials.Load() != pooled+1 {
			t.Errorf("%d POSTs on dead connections, %d connections", posts.Load(), dials.Load())
		}
		checkBudget(t, c, budgetCapacity)
	})
}

// The server closes or resets each connection when it has read the second request.
func TestSessionsCreate_StaleConnection(t *testing.T) { // row 13
	const races = 1000
	var lost atomic.Int64
	url := listen(t, func(n int, conn *net.TCPConn) {
		r := bufio.NewReader(conn)
		readRequest(r)
		io.WriteString(conn, wholeResponse)
		if readRequest(r) {
			lost.Add(1)
		}
		if n%2 == 0 {
			conn.SetLinger(0)
		}
	})
	c := newNetClient(t, newTransport(), url, withAttempts(1))
	calls := 0
	for ; lost.Load() < races; calls++ {
		before := lost.Load()
		got := outcomeOf(createSession(t, c))
		want := aSession(1 + int(lost.Load()-before))
		if got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	t.Logf("figure: stale keep-alive: 0 errors in %d calls, %d of them on a lost connection", calls, races)
}

// In a bubble, because net/http drops a connection if it cannot tell within 50 ms
// that the request was written.
func TestSessionsCreate_ReusesConnections(t *testing.T) {
	unavailable := sized("HTTP/1.1 503 Service Unavailable\r\n", strings.Repeat("x", 4096))
	tests := []struct {
		name     string
		conns    int // opened by as many calls at once
		response string
		atOnce   []int // calls after that
		want     outcome
	}{
		{"row 72 1000 goroutines", 1000, wholeResponse, []int{512}, aSession(1)},
		{"640 calls, 32 at once", 32, wholeResponse, slices.Repeat([]int{32}, 19), aSession(1)},
		{"ten 503s with a 4 KiB body", 1, unavailable, slices.Repeat([]int{1}, 10), anAPIError(503, 1)},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			server, dials := counted(keepAlive(test.conns, func(conn net.Conn) {
				r := bufio.NewReader(conn)
				for more := true; more; more = readRequest(r) {
					io.WriteString(conn, test.response)
				}
			}))
			c := newPipeClient(t, server, withAttempts(1))
			if err := errors.Join(createSessions(t, c, test.conns)...); err != nil {
				t.Fatal(err)
			}
			for _, n := range test.atOnce {
				synctest.Wait() // until the connections are idle
				var calls sync.WaitGroup
				for range n {
					calls.Go(func() { test.want.check(t, c) })
				}
				calls.Wait()
			}
			t.Logf("figure: connections: %d for %s", dials.Load(), test.name)
			if dials.Load() != int64(test.conns) {
				t.Errorf("%d connections", dials.Load())
			}
		})
	}
}

// The next request closes the idle connections after a failure for which they may be
// dead, too, whichever call it belongs to: rows 13, 53 and 87.
func TestCall_ClosesDeadConnections(t *testing.T) {
	malformed := onUsedConn(func(req *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(req.Context()).GotFirstResponseByte()
		return nil, errors.New("malformed HTTP response")
	})
	lost := onUsedConn(fail(io.EOF))
	short := WithRetries(RetryConfig{MaxAttempts: 1, MaxElapsedTime: time.Second})
	ownChain := withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		return next.RoundTrip(req)
	})
	tests := []struct {
		name   string
		steps  steps // of the first call
		option Option
		closed int
	}{
		{"a response", steps{down}, Option{}, 0},
		{"a malformed response", steps{malformed}, Option{}, 0},
		{"a new connection is lost", steps{fail(io.EOF)}, Option{}, 0},
		{"a used connection is lost, and the next", steps{lost, lost}, Option{}, 2},
		{"no response", steps{hang}, Option{}, 1},
		{"no response, to a call with its own middleware", steps{hang}, ownChain, 1},
		{"no response before MaxElapsedTime", steps{hang}, short, 1},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			s := newScript(t, append(test.steps, session)...)
			c := newClient(t, s.option(), WithTimeout(2*time.Second), WithRetries(noRetry))
			_, err := createSession(t, c, test.option)
			if err == nil {
				t.Error("the first call did not fail")
			}
			aSession(1).check(t, c)
			if s.closedIdle != test.closed {
				t.Errorf("idle connections were closed %d times", s.closedIdle)
			}
		})
	}
}

// A caller that gives up says nothing about the connection.
func TestCall_KeepsConnectionsOfACanceledCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newScript(t, hang, session)
		c := newClient(t, s.option())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		aTransportError(1, "context deadline exceeded").checkContext(ctx, t, c)
		aSession(1).check(t, c)
		if s.closedIdle != 0 {
			t.Errorf("idle connections were closed %d times", s.closedIdle)
		}
	})
}

// While a call waits for its retry, another one may have closed the idle connections,
// when the silent one was not idle yet.
func TestCall_ClosesDeadConnectionsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newScript(t, hang, session, down, session)
		c := newClient(t, s.option(), WithTimeout(time.Second))
		var waiting sync.WaitGroup
		waiting.Go(func() { aSession(3).check(t, c) })

		time.Sleep(time.Second + time.Millisecond) // the timeout, and less than the backoff
		aSession(1).check(t, c)
		waiting.Wait()
		if s.closedIdle != 2 { // by the other call and the second attempt, not the third
			t.Errorf("idle connections were closed %d times", s.closedIdle)
		}
	})
}
