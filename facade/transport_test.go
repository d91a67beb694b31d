package facade_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
				for _, values := range r.Header {
					clear(values)
				}
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
	both := roundTrip(func(req *http.Request) (*http.Response, error) { // the response is ignored
		resp, err := respond(503, "", "X-Apideck-Request-Id", testKey)(req)
		return resp, errors.Join(err, errors.New("the circuit is open"))
	})
	outcome{is: errAny, attempts: 1, max: time.Minute, says: "sessions: the circuit is open"}.check(t,
		newClient(t, both.option(), withAttempts(1)))

	c := newClient(t, facade.WithHTTPClient(&http.Client{Transport: new(brokenTransport)})) // row 82
	outcome{is: errAny, attempts: 1, max: time.Minute,
		says: "*facade_test.brokenTransport returned neither a response nor an error"}.check(t, c)

	c = newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403}, nil // no body
	}).option())
	outcome{status: 403, attempts: 1, max: time.Minute}.check(t, c)
}

// staleServer reads every second request on a connection, and then closes or
// resets the connection without a response.
type staleServer struct {
	url        string
	lost, keys atomic.Int64 // connections, and values of Idempotency-Key
	posts      sync.Map     // the number of requests, by X-Call
}

func newStaleServer(t *testing.T) *staleServer {
	type connKey struct{}
	type connState struct {
		*net.TCPConn
		requests int
	}
	s := new(staleServer)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.keys.Add(int64(len(r.Header["Idempotency-Key"])))
		n, _ := s.posts.LoadOrStore(r.Header.Get("X-Call"), new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		conn := r.Context().Value(connKey{}).(*connState)
		if conn.requests++; conn.requests == 2 {
			if s.lost.Add(1)%2 == 0 {
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
	s.url = server.URL
	return s
}

func TestSessionsCreate_StaleConnection(t *testing.T) { // row 13
	t.Parallel()
	const races = 1000
	s := newStaleServer(t)
	c := newRawClient(t, nil, s.url)
	calls := 0
	for ; s.lost.Load() < races && calls < 10*races; calls++ {
		if _, err := createSession(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if s.lost.Load() < races || s.keys.Load() != 0 {
		t.Errorf("%d races in %d calls, %d Idempotency-Key headers on the wire", s.lost.Load(), calls, s.keys.Load())
	}
	t.Logf("figure: stale keep-alive: %d races lost by the connection, 0 errors in %d calls", s.lost.Load(), calls)
}

// Of concurrent calls, one may get a connection that another has just used.
func TestSessionsCreate_StaleConnections(t *testing.T) { // row 73
	t.Parallel()
	s := newStaleServer(t)
	c := newRawClient(t, nil, s.url, withAttempts(1))
	var callers sync.WaitGroup
	for caller := range 32 {
		callers.Go(func() {
			for call := range 50 {
				createSession(t, c, facade.WithHeader("X-Call", fmt.Sprint(caller, call)))
			}
		})
	}
	callers.Wait()
	s.posts.Range(func(_, n any) bool {
		posts := n.(*atomic.Int64).Load()
		if posts > 2 {
			t.Errorf("%d POSTs in one attempt", posts)
		}
		return posts <= 2
	})
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

// around records name in trace when it sees a request.
func around(trace *[]string, name string) facade.Option {
	return facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			*trace = append(*trace, name)
			return next.RoundTrip(r)
		})
	})
}

func TestWithMiddleware_FirstIsOutermost(t *testing.T) {
	var trace []string
	pass := func(next http.RoundTripper) http.RoundTripper { return next }
	c := newClient(t, session.option(), facade.WithMiddleware(pass, pass), around(&trace, "a"), around(&trace, "b"))
	for _, call := range [][]string{{"x", "y"}, {"z"}, nil} { // a call's stay with the call
		trace = nil
		var opts []facade.Option
		for _, name := range call {
			opts = append(opts, around(&trace, name))
		}
		_, err := createSession(t, c, opts...)
		if want := append([]string{"a", "b"}, call...); err != nil || !slices.Equal(trace, want) {
			t.Errorf("went through %v, want %v: %v", trace, want, err)
		}
	}
}

func TestWithMiddleware_SeesEachAttemptAndNoRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []int
		s := newScript(t, down, respond(500, ""), respond(307, "", "Location", "https://other.test/"))
		c := newClient(t, s.option(), facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				if auth := r.Header.Get("Authorization"); auth != "Bearer "+testKey {
					t.Errorf("Authorization is %q", auth)
				}
				resp, err := next.RoundTrip(r)
				seen = append(seen, resp.StatusCode)
				return resp, err
			})
		}))
		outcome{status: 307, attempts: 3, max: time.Second}.check(t, c)
		if !slices.Equal(seen, []int{503, 500, 307}) {
			t.Errorf("saw %v", seen)
		}
	})
}

func TestWithMiddleware_Error(t *testing.T) {
	denied := errors.New("denied")
	c := newClient(t, facade.WithMiddleware(func(http.RoundTripper) http.RoundTripper { return fail(denied) }))
	outcome{is: denied, attempts: 1, max: time.Minute, says: "sessions: denied"}.check(t, c, withAttempts(1))
}

func TestWithMiddleware_Nil(t *testing.T) {
	returnsNil := func(http.RoundTripper) http.RoundTripper { return nil }
	for _, opt := range []facade.Option{facade.WithMiddleware(nil), facade.WithMiddleware(returnsNil)} {
		_, atNew := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), opt)
		_, atCall := createSession(t, newClient(t, newScript(t).option()), opt)
		wantInvalid(t, atNew, "WithMiddleware")
		wantInvalid(t, atCall, "WithMiddleware")
	}
}

func TestWithMiddleware_KeepsThePool(t *testing.T) {
	server, opened := plainServer(t, creates)
	var trace []string
	c := newClient(t, facade.WithBaseURL(server.URL), around(&trace, "client"))
	for range 10 {
		if _, err := createSession(t, c, around(&trace, "call")); err != nil {
			t.Fatal(err)
		}
	}
	if opened.Load() != 1 || len(trace) != 20 {
		t.Errorf("%d connections, %d visits", opened.Load(), len(trace))
	}
	c.CloseIdleConnections() // through middleware without such a method
	if _, err := createSession(t, c); err != nil || opened.Load() != 2 {
		t.Errorf("%d connections: the idle one was not closed, %v", opened.Load(), err)
	}
}
