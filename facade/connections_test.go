package facade

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// The connection pool: reuse, and connections that turn out to be dead.

// keepAlive is a server whose first n connections get their first requests at the
// same time, so that n calls open n connections. The second request on one of them
// is handled by later.
func keepAlive(n int, later func(net.Conn)) servers {
	await := awaitAll(n)
	return func(dial int) func(net.Conn) {
		if dial > n {
			return serveSession
		}
		return func(conn net.Conn) {
			r := bufio.NewReader(conn)
			if !readRequest(r) {
				return
			}
			await()
			io.WriteString(conn, wholeResponse)
			if readRequest(r) {
				later(conn)
			}
		}
	}
}

// awaitAll returns a function that returns when it has been called n times.
func awaitAll(n int) func() {
	var calls sync.WaitGroup
	calls.Add(n)
	return func() {
		calls.Done()
		calls.Wait()
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

func TestSessionsCreate_ConcurrentCallsShareOnePool(t *testing.T) { // row 72
	bubble(t, func(t *testing.T) {
		const pooled = 512 // MaxIdleConnsPerHost
		await := awaitAll(pooled)
		server, dials := counted(keepAlive(1000, func(conn net.Conn) {
			await()
			io.WriteString(conn, wholeResponse)
		}))
		c := newPipeClient(t, server)
		for _, calls := range []int{1000, pooled} {
			if err := errors.Join(createSessions(t, c, calls)...); err != nil {
				t.Error(err)
			}
			synctest.Wait() // until the connections are idle
			if dials.Load() != 1000 {
				t.Errorf("%d connections", dials.Load())
			}
		}
	})
}
