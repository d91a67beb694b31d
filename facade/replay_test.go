package facade_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Every second request on a connection is read, and then the connection is
// closed or reset without a response.
func TestSessionsCreate_StaleConnection(t *testing.T) { // row 13
	t.Parallel()
	const races = 1000
	type connKey struct{}
	type connState struct {
		*net.TCPConn
		requests int
	}
	var lost, keys atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys.Add(int64(len(r.Header["Idempotency-Key"])))
		conn := r.Context().Value(connKey{}).(*connState)
		if conn.requests++; conn.requests == 2 {
			if lost.Add(1)%2 == 0 {
				conn.SetLinger(0)
			}
			panic(http.ErrAbortHandler)
		}
		creates(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, &connState{conn.(*net.TCPConn), 0})
	}
	server.Start()
	t.Cleanup(server.Close)
	c := newRawClient(t, nil, server.URL)
	calls := 0
	for ; lost.Load() < races && calls < 10*races; calls++ {
		outcome{session: true, attempts: 1, max: time.Minute}.check(t, c)
	}
	if lost.Load() < races || keys.Load() != 0 {
		t.Errorf("%d races in %d calls, %d Idempotency-Key headers on the wire", lost.Load(), calls, keys.Load())
	}
	t.Logf("figure: stale keep-alive: %d races lost by the connection, 0 errors in %d calls", lost.Load(), calls)
}

func TestSessionsCreate_PoolOfDeadConnections(t *testing.T) { // rows 13 and 73
	t.Parallel()
	const pooled = 200
	var warm sync.WaitGroup
	warm.Add(pooled)
	var old sync.Map // addresses of the connections from before the restart
	var restarted atomic.Bool
	var posts atomic.Int64
	server, _ := plainServer(t, func(w http.ResponseWriter, r *http.Request) {
		if !restarted.Load() {
			old.Store(r.RemoteAddr, true)
			warm.Done()
			warm.Wait()
		} else {
			posts.Add(1)
			io.Copy(io.Discard, r.Body)
			if _, dead := old.Load(r.RemoteAddr); dead {
				panic(http.ErrAbortHandler) // closes the connection without a response
			}
		}
		creates(w, r)
	})
	c := newRawClient(t, nil, server.URL, withAttempts(1))
	if err := errors.Join(createSessions(t, c, pooled)...); err != nil {
		t.Fatal(err)
	}
	restarted.Store(true)
	if _, err := createSession(t, c); err != nil || posts.Load() > 2 {
		t.Errorf("row 73: %d POSTs at the server, %v", posts.Load(), err)
	}
}
