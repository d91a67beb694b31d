package facade

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// unreliable answers requests on one connection. One in ten it fails: by a
// reset, a 503, silence, garbage, or an answer above the limit.
func unreliable(conn *net.TCPConn, failed *atomic.Int64) {
	defer conn.Close()
	for r := bufio.NewReader(conn); readRequest(r); {
		answer := wholeAnswer
		if rand.IntN(10) == 0 {
			switch failed.Add(1) % 5 {
			case 0:
				conn.SetLinger(0)
				return
			case 1:
				answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown"
			case 2:
				conn.Read(make([]byte, 1)) // until the client has had enough
				return
			case 3:
				io.WriteString(conn, "\x00\x01\x02 not HTTP\r\n\r\n")
				return
			case 4:
				conn.Write(oversized)
				return
			}
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

var oversized = []byte(chunked(strings.Repeat("x", maxResponseBody+1)))

// SOAK_CALLS=200000 makes it long; `make soak` does so. Not parallel: it counts
// goroutines and the heap.
func TestSoak(t *testing.T) {
	calls, goroutines := 2000, 20
	if n, err := strconv.Atoi(os.Getenv("SOAK_CALLS")); err == nil {
		calls, goroutines = n, 200
	}
	before := runtime.NumGoroutine()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var failed, open atomic.Int64
	var server sync.WaitGroup
	server.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Add(1)
			server.Go(func() {
				defer open.Add(-1)
				unreliable(conn.(*net.TCPConn), &failed)
			})
		}
	})
	c := newFaultClient(t, WithBaseURL("http://"+listener.Addr().String()), WithLogger(nil), WithTimeout(300*time.Millisecond))

	var sessions, api, transport, invalid, other, attempts atomic.Int64
	run := func(calls int) {
		var wg sync.WaitGroup
		var next atomic.Int64
		for range goroutines {
			wg.Go(func() {
				for n := next.Add(1); n <= int64(calls); n = next.Add(1) {
					out, err := c.Vault.Sessions.Create(t.Context(), Session{}, WithConsumerID(fmt.Sprintf("consumer-%d", n)))
					attempts.Add(int64(attemptsOf(err)))
					switch err.(type) {
					case nil:
						sessions.Add(1)
						attempts.Add(int64(out.Attempts))
					case *apierrors.APIError:
						api.Add(1)
					case *apierrors.TransportError:
						transport.Add(1)
					case *apierrors.InvalidResponseError:
						invalid.Add(1)
					default:
						other.Add(1)
					}
				}
			})
		}
		wg.Wait()
		c.CloseIdleConnections()
	}
	run(calls / 10) // for the pool and the runtime to take what they keep
	heapBefore := heap()
	start := time.Now()
	run(calls - calls/10)
	took := time.Since(start)
	grown := heap() - heapBefore

	listener.Close()
	server.Wait()
	c.CloseIdleConnections()
	checkGoroutines(t, before)
	errors := api.Load() + transport.Load() + invalid.Load()
	if other.Load() != 0 || sessions.Load()+errors != int64(calls) {
		t.Errorf("%d calls, %d sessions, %d typed errors, %d other", calls, sessions.Load(), errors, other.Load())
	}
	if open.Load() != 0 || retriesLeft(c) < 0 || retriesLeft(c) > budgetCapacity {
		t.Errorf("%d connections are open, the budget holds %d tenths", open.Load(), retriesLeft(c))
	}
	if grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("figure: soak: %d calls by %d goroutines in %v: %d sessions + %d typed errors (%d *APIError, %d *TransportError, %d *InvalidResponseError), %d attempts of which %d were failed on purpose, 0 goroutines and 0 connections left, heap %+d KiB",
		calls, goroutines, took.Round(time.Millisecond), sessions.Load(), errors, api.Load(), transport.Load(), invalid.Load(), attempts.Load(), failed.Load(), grown/1024)
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
