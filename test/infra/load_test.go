//go:build linux

package infra

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// callers is the number of concurrent callers.
const callers = 32

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

// load makes the calls of a scenario.
func (l *lab) load(s scenario) result {
	goroutines, files := runtime.NumGoroutine(), openFiles()
	var attempts, lostConns atomic.Int64
	client := must(facade.New(append(l.options,
		facade.WithBaseURL(l.url),
		facade.WithAPIKey("key"),
		facade.WithAppID("app"),
		facade.WithConsumerID("consumer"),
		facade.WithMiddleware(counted(&attempts, &lostConns)),
	)...))
	call := func() (*facade.CreateSessionResponse, error) {
		ctx, cancel := context.WithTimeout(context.Background(), l.callTimeout)
		defer cancel()
		return client.Vault.Sessions.Create(ctx, facade.Session{})
	}

	r := result{errors: map[string]int{}}
	start := time.Now()

	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for n := int(next.Add(1)); n <= s.calls; n = int(next.Add(1)) {
				if n*4%s.calls == 0 && n < s.calls {
					l.disturb(n * 4 / s.calls)
				}
				if n > callers {
					time.Sleep(l.pause)
				}

				resp, err := call()
				mu.Lock()
				r.add(resp, err, s.rejection)
				mu.Unlock()
			}
		})
	}
	group.Wait()

	r.attempts = int(attempts.Load())
	r.lostConns = int(lostConns.Load())
	r.requests = int(must(os.Stat(l.count)).Size())
	r.seconds = time.Since(start).Seconds()

	if s.recovers {
		_, err := call()
		r.recovered = err == nil
	}

	client.CloseIdleConnections()
	for range 200 { // net/http's goroutines exit a little later
		r.goroutines, r.files = runtime.NumGoroutine()-goroutines, openFiles()-files
		if r.goroutines <= 0 && r.files <= 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return r
}

// counted returns a middleware that counts the attempts, and those of them that lost
// a connection that had been used before.
func counted(attempts, lostConns *atomic.Int64) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			attempts.Add(1)
			var used atomic.Bool
			trace := httptrace.ClientTrace{
				GotConn: func(conn httptrace.GotConnInfo) { used.Store(conn.Reused) },
			}

			resp, err := next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &trace)))
			if err != nil && used.Load() {
				lostConns.Add(1)
			}
			return resp, err
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// add counts the outcome of one call.
func (r *result) add(resp *facade.CreateSessionResponse, err error, rejection string) {
	if err == nil {
		r.sessions++
		if resp.Attempts > 1 {
			r.rescued++
		}
		return
	}

	name := ""
	switch err := err.(type) {
	case *apierrors.APIError:
		name = fmt.Sprint("APIError ", err.StatusCode)
	case *apierrors.TransportError:
		name = "TransportError: " + cause(err)
	case *apierrors.InvalidResponseError:
		name = "InvalidResponseError: " + err.Reason
	default:
		r.unexpected = err.Error()
	}
	if !strings.Contains(err.Error(), rejection) {
		r.unexpected = err.Error()
	}
	r.errors[name]++
}

// cause returns the message of the innermost error.
func cause(err error) string {
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

// openFiles counts the file descriptors of this process.
func openFiles() int { return len(must(filepath.Glob("/proc/self/fd/*"))) }
