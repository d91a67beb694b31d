//go:build linux

package infra

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// result is the outcome of a load.
type result struct {
	sessions   int
	rescued    int            // calls that created a session with more than one attempt
	attempts   int            // as a middleware sees them
	lostConns  int            // attempts without a response on a connection that had been used
	requests   int            // at the origin
	errors     map[string]int // by type and cause
	unexpected string         // an error with an unexpected type or message
	recovered  bool
	seconds    float64
	goroutines int // left after CloseIdleConnections
	files      int // left after CloseIdleConnections
}

// load makes the scenario's calls with one client.
func (s scenario) load(l *lab, c client) result {
	goroutines, files := runtime.NumGoroutine(), openFiles()
	if s.fileLimit > 0 {
		defer limitFiles(s.fileLimit)()
	}

	call := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), l.callTimeout)
		defer cancel()
		return c.create(ctx)
	}
	each(s.warm, s.warm, func(int) { call() })

	r := result{errors: map[string]int{}}
	attempts, requests, start := l.attempts.Load(), l.requests(), time.Now()
	var mu sync.Mutex
	each(s.callers, s.calls, func(n int) {
		if n*4%s.calls == 0 && n < s.calls {
			l.disturb(n * 4 / s.calls)
		}
		if n > s.callers {
			time.Sleep(s.think)
		}

		err := call()
		mu.Lock()
		defer mu.Unlock()
		r.add(err, s.message)
	})
	r.attempts = int(l.attempts.Load() - attempts)
	r.requests = int(l.requests() - requests)
	r.rescued = int(l.rescued.Load())
	r.lostConns = int(l.lostConns.Load())
	r.seconds = time.Since(start).Seconds()
	r.recovered = s.recovers && call() == nil

	c.closeIdle()
	for range 200 { // net/http's goroutines exit a little later
		r.goroutines, r.files = runtime.NumGoroutine()-goroutines, openFiles()-files
		if r.goroutines <= 0 && r.files <= 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return r
}

// add counts the outcome of one call.
func (r *result) add(err error, message string) {
	if err == nil {
		r.sessions++
		return
	}

	name := cause(err)
	switch err := err.(type) {
	case *apierrors.APIError:
		name = fmt.Sprint("APIError ", err.StatusCode)
	case *apierrors.TransportError:
		name = "TransportError: " + name
	case *apierrors.InvalidResponseError:
		name = "InvalidResponseError: " + err.Reason
	default:
		r.unexpected = err.Error()
	}
	if !strings.Contains(err.Error(), message) {
		r.unexpected = err.Error()
	}
	r.errors[name]++
}

// cause returns the message of the innermost error.
func cause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

func (r *result) errorTypes() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(r.errors)) {
		list = append(list, fmt.Sprintf("%d %s", r.errors[name], name))
	}
	return strings.Join(list, ", ")
}

// each runs call for 1 to calls, from concurrent callers.
func each(callers, calls int, call func(n int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for n := int(next.Add(1)); n <= calls; n = int(next.Add(1)) {
				call(n)
			}
		})
	}
	group.Wait()
}

// limitFiles limits the file descriptors of this process until restore is called.
func limitFiles(limit uint64) (restore func()) {
	var old syscall.Rlimit
	check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old))
	check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: old.Max}))
	return func() { check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)) }
}

// openFiles counts the file descriptors of this process.
func openFiles() int { return len(must(filepath.Glob("/proc/self/fd/*"))) }

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
