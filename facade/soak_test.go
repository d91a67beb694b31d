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
)

var faults = []string{
	"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown",
	"\x00\x01\x02 not HTTP\r\n\r\n",
	chunked(strings.Repeat("x", maxResponseBody+1)),
}

// unreliable serves requests on one connection. One in ten fails: by a reset,
// silence, a 503, garbage, or a response that is too large.
func unreliable(conn *net.TCPConn, failed *atomic.Int64) {
	r := bufio.NewReader(conn)
	for readRequest(r) {
		if rand.IntN(10) > 0 {
			io.WriteString(conn, wholeResponse)
			continue
		}
		switch n := failed.Add(1) % 5; n {
		case 0:
			conn.SetLinger(0)
		case 1:
			conn.Read(make([]byte, 1)) // until the client times out
		default:
			io.WriteString(conn, faults[n-2])
		}
		return
	}
}

// SOAK_CALLS=200000 makes it long. Not parallel: it counts goroutines, of which each
// open connection has some, and the heap.
func TestSoak(t *testing.T) {
	calls, goroutines := 2000, 20
	if n, err := strconv.Atoi(os.Getenv("SOAK_CALLS")); err == nil {
		calls, goroutines = n, 200
	}
	if testing.Short() {
		t.Skip("-short: it takes seconds")
	}

	var failed, attempts atomic.Int64
	url := listen(t, func(_ int, conn *net.TCPConn) { unreliable(conn, &failed) })
	c := newClient(t, WithBaseURL(url), WithLogger(nil), WithTimeout(300*time.Millisecond))
	before := runtime.NumGoroutine()

	var mu sync.Mutex
	results := map[string]int{} // by the type of the error
	run := func(calls int) {
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for n := g; n < calls; n += goroutines {
					resp, err := createSession(t, c, WithConsumerID(fmt.Sprintf("consumer-%d", n)))
					if err != nil {
						checkError(t, err)
					}
					got := outcomeOf(resp, err)
					attempts.Add(int64(got.attempts))
					mu.Lock()
					results[got.kind]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		c.CloseIdleConnections()
	}
	run(calls / 10) // so that the pool and the runtime have what they keep
	heapBefore, start := heap(), time.Now()
	run(calls - calls/10)
	took, grown := time.Since(start), heap()-heapBefore
	checkGoroutines(t, before)

	if left := c.budget.retries; left < 0 || left > budgetCapacity {
		t.Errorf("the budget holds %v retries", left)
	}
	if grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("figure: soak: %d calls by %d goroutines in %v came to %v, in %d attempts of which %d were failed "+
		"on purpose; 0 goroutines and 0 connections left, heap %+d KiB",
		calls, goroutines, took.Round(time.Millisecond), results, attempts.Load(), failed.Load(), grown/1024)
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
