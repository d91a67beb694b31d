// Package infra runs the library behind real components on the loopback
// interface: nginx, haproxy, tinyproxy and toxiproxy, in front of an origin in
// another process. It has tests only; `make infra` runs them.
//
// Each scenario runs with three clients: this library, net/http without retries,
// and go-retryablehttp with its defaults. The test prints a row for each, and
// checks that the library does what facade/FAULTS.md promises. It is skipped
// without INFRA=1. Scenarios of a component that is not installed are skipped, or
// fail if REQUIRE_INFRA=1.
package infra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// scenario is a load on some components, and what the library promises for it in
// addition to its promises for every scenario.
type scenario struct {
	name  string
	start func(*lab)

	calls, callers int
	think          time.Duration // pause of a caller between two calls
	warm           int           // concurrent calls before the load, to fill the connection pool
	attempt        time.Duration // timeout of one attempt, 15 s if 0; a call has 4*attempt, at least 3.1 s
	files          uint64        // limit of file descriptors during the load; 0: the machine's

	noErrors bool   // every call creates a session
	attempts int    // limit for all calls together; 0: what the budget allows
	recovers bool   // one more call after the load creates a session
	says     string // in every error message
}

var scenarios = slices.Concat(nginxScenarios, haproxyScenarios, tinyproxyScenarios, toxiproxyScenarios, originScenarios)

// The test binary is also the program of the origin.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "origin" {
		serveOrigin(os.Args[2])
	}
	os.Exit(m.Run())
}

// Not parallel: it counts goroutines and file descriptors.
func TestInfra(t *testing.T) {
	if os.Getenv("INFRA") != "1" {
		t.Skip("`make infra` runs it")
	}
	t.Setenv("SSL_CERT_FILE", writeCertificate(t))
	t.Setenv("HTTPS_PROXY", "http://"+tinyproxyAddr)
	table := "\n| scenario | client | calls | sessions | errors | attempts | requests at the origin |\n" +
		"| --- | --- | ---: | ---: | --- | ---: | ---: |\n"
	for _, s := range scenarios {
		for _, client := range clients {
			t.Run(s.name+"/"+client.name, func(t *testing.T) {
				l := &lab{T: t, dir: t.TempDir(), timeout: cmp.Or(s.attempt, 15*time.Second)}
				l.count = l.write("count", "")
				s.start(l)
				create, closeIdle := client.new(l)
				r := s.load(l, create, closeIdle)
				table += fmt.Sprintf("| %s | %s | %d | %d | %s | %d | %d |\n",
					s.name, client.name, s.calls, r.sessions, r.errorTypes(), r.attempts, r.requests)
				if client.name == "vault-go" {
					s.check(t, r)
				}
			})
		}
	}
	fmt.Println(table)
}

// check fails the test unless the library kept its promises.
func (s scenario) check(t *testing.T, r result) {
	failedRetries := float64(r.attempts - s.calls - r.rescued)
	for _, promise := range []struct {
		kept bool
		text string
	}{
		{r.wrong == "", "every error has a type of package errors, and its message says " + s.says},
		{failedRetries <= 100+float64(r.sessions-r.rescued)/10+r.seconds/10, "failed retries are within the budget"},
		{r.requests >= r.sessions && r.requests <= 2*r.attempts, "an attempt sends at most 2 requests"},
		{r.goroutines <= 0 && r.files <= 0, "CloseIdleConnections leaves no goroutine and no socket"},
		{!s.noErrors || r.sessions == s.calls, "every call creates a session"},
		{s.attempts == 0 || r.attempts <= s.attempts, "permanent errors are not retried"},
		{!s.recovers || r.recovered, "a call after the load creates a session"},
	} {
		if !promise.kept {
			t.Errorf("not kept: %s: %+v", promise.text, r)
		}
	}
}

// result is the outcome of a load.
type result struct {
	sessions, rescued  int // rescued: by a retry
	attempts, requests int
	errors             map[string]int // by type and cause
	wrong              string         // an error with an unexpected type or message
	recovered          bool
	seconds            float64
	goroutines, files  int // left after CloseIdleConnections
}

// add counts the outcome of one call.
func (r *result) add(err error, says string) {
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
		r.wrong = err.Error()
	}
	if !strings.Contains(err.Error(), says) {
		r.wrong = err.Error()
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

// load makes the scenario's calls with one client.
func (s scenario) load(l *lab, create func(context.Context) error, closeIdle func()) result {
	r := result{errors: map[string]int{}}
	goroutines, files := runtime.NumGoroutine(), openFiles()
	defer limitFiles(s.files)()
	call := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), max(4*s.attempt, 3100*time.Millisecond))
		defer cancel()
		return create(ctx)
	}
	each(s.warm, s.warm, func(int) { call() })
	attempts, requests, start := l.attempts.Load(), l.requests(), time.Now()
	var mu sync.Mutex
	each(s.callers, s.calls, func(n int) {
		if n*4%s.calls == 0 && n < s.calls && l.disturb != nil {
			l.disturb(n * 4 / s.calls)
		}
		if n > s.callers {
			time.Sleep(s.think)
		}
		err := call()
		mu.Lock()
		defer mu.Unlock()
		r.add(err, s.says)
	})
	r.attempts, r.requests = int(l.attempts.Load()-attempts), int(l.requests()-requests)
	r.rescued, r.seconds = int(l.rescued.Load()), time.Since(start).Seconds()
	r.recovered = s.recovers && call() == nil
	closeIdle()
	for i := 0; i < 200 && (runtime.NumGoroutine() > goroutines || openFiles() > files); i++ {
		time.Sleep(10 * time.Millisecond) // net/http's goroutines exit a little later
	}
	r.goroutines, r.files = runtime.NumGoroutine()-goroutines, openFiles()-files
	return r
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
	must(0, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old))
	must(0, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: cmp.Or(limit, old.Cur), Max: old.Max}))
	return func() { must(0, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)) }
}

// openFiles counts the file descriptors of this process, on Linux.
func openFiles() int { return len(must(filepath.Glob("/proc/self/fd/*"))) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
