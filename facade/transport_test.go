package facade_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestDefaultTransport_TakesProxiesFromTheEnvironment(t *testing.T) {
	if reflect.ValueOf(facade.DefaultTransport().Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("it does not")
	}
}

// Not parallel: it replaces a global.
func TestDefaultTransport_DialTimeout(t *testing.T) { // row 4
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	before.LookupHost(t.Context(), "localhost") // what net keeps must not be of the bubble
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			<-done
			return nil, errors.New("done")
		}}
		start := time.Now()
		_, err := facade.DefaultTransport().DialContext(t.Context(), "tcp", "api.test:443")
		if took := time.Since(start); err == nil || took != 5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestClient_CloseIdleConnections(t *testing.T) {
	for name, want := range map[string]time.Duration{"at once": 0, "IdleConnTimeout": 55 * time.Second} {
		inBubble(t, name, func(t *testing.T) {
			closed := make(chan time.Time, 1)
			c := newPipeClient(t, pipes(everyConn(func(conn net.Conn) {
				works(conn)
				closed <- time.Now()
			})))
			start := time.Now()
			outcome{session: true, attempts: 1}.check(t, c)
			if want == 0 {
				c.CloseIdleConnections()
			}
			if idle := (<-closed).Sub(start); idle != want {
				t.Errorf("closed after %v, want %v", idle, want)
			}
		})
	}
}

// In a bubble, because net/http drops a connection if it cannot tell within 50 ms
// that the request was written.
func TestSessionsCreate_ReusesConnections(t *testing.T) {
	inBubble(t, "640 requests at concurrency 32", func(t *testing.T) {
		// The first 32 wait for each other: net/http may dial once more for
		// a request that then gets a connection which has just become free.
		var together sync.WaitGroup
		together.Add(32)
		dials := 0
		c := newPipeClient(t, pipes(func(n int) func(net.Conn) {
			dials = n
			return func(conn net.Conn) {
				r := bufio.NewReader(conn)
				if readRequest(r) && n <= 32 {
					together.Done()
					together.Wait()
				}
				for ok := true; ok; ok = readRequest(r) {
					io.WriteString(conn, wholeResponse)
				}
			}
		}))
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for range 20 {
					if out, err := createSession(t, c); err != nil || out.Attempts != 1 {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		t.Logf("figure: connections: %d for 640 requests at concurrency 32", dials)
		if dials > 32 {
			t.Errorf("%d connections", dials)
		}
	})
	inBubble(t, "ten 503s with a 4 KiB body", func(t *testing.T) {
		dials := 0
		down := sendThen("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4096\r\n\r\n"+strings.Repeat("x", 4096), nil)
		c := newPipeClient(t, pipes(func(n int) func(net.Conn) {
			dials = n
			return down
		}), withAttempts(1))
		for range 10 {
			if _, err := createSession(t, c); !errors.Is(err, apierrors.ErrServer) {
				t.Fatal(err)
			}
		}
		t.Logf("figure: connections: %d for ten 503s with a 4 KiB body", dials)
		if dials != 1 {
			t.Errorf("%d connections", dials)
		}
	})
}

func TestWithHTTPClient_EachAttemptHasAFreshRequest(t *testing.T) { // row 81
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]int{}
		outcome{status: 503, attempts: 3, max: time.Second}.check(t, newClient(t,
			roundTrip(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				seen[fmt.Sprint(r.Method, r.URL, r.Host, r.Header, r.ContentLength, string(body), err)]++
				r.Header.Add("X-Trace", "1")
				r.Header["X-Apideck-App-Id"][0] = "another"
				r.Header.Del("Authorization")
				r.URL.Path, r.URL.Host = "/", "other.test"
				r.Method, r.Host, r.Body, r.GetBody, r.ContentLength = "GET", "", nil, nil, 0
				return down(r)
			}).option()))
		if len(seen) != 1 {
			t.Errorf("the transport sees different requests: %v", seen)
		}
	})
}

// brokenTransport returns neither a response nor an error.
type brokenTransport struct{}

func (*brokenTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestWithHTTPClient_BrokenTransport(t *testing.T) {
	c := newClient(t, facade.WithHTTPClient(&http.Client{Transport: new(brokenTransport)})) // row 82
	outcome{is: errAny, attempts: 1, max: time.Minute,
		says: "*facade_test.brokenTransport returned neither a response nor an error"}.check(t, c)

	c = newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403}, nil // no body
	}).option())
	outcome{status: 403, attempts: 1, max: time.Minute}.check(t, c)
}
