package facade_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// The faults of this file need a pool of connections. The row numbers are those
// of FAULTS.md.

// createSessions makes n calls at once and returns their errors.
func createSessions(tb testing.TB, c *facade.Client, n int) []error {
	var calls sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		calls.Go(func() { _, errs[i] = createSession(tb, c) })
	}
	calls.Wait()
	return errs
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

func TestSessionsCreate_LostHTTP2Connection(t *testing.T) { // row 75
	t.Parallel()
	const calls = 64
	var requests atomic.Int64
	lost := make(chan struct{})
	var server *httptest.Server
	server, _ = tlsServer(t, &tls.Config{NextProtos: []string{"h2"}}, http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			n := requests.Add(1) - 1 // the first request opens the connection
			if n == calls {
				server.CloseClientConnections()
				close(lost)
			}
			if 0 < n && n <= calls {
				<-lost
				return
			}
			creates(w, r)
		}))
	c := trusting(t, server)
	if _, err := createSession(t, c); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(createSessions(t, c, calls)...); err != nil {
		t.Errorf("row 75: %d of %d calls failed: %v", strings.Count(err.Error(), "\n")+1, calls, err)
	}
}

func TestSessionsCreate_HugeContentLength(t *testing.T) { // row 74
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(math.MaxInt64))
		if strings.HasPrefix(r.URL.Path, "/error") {
			w.WriteHeader(422)
		}
		io.WriteString(w, sessionJSON)
	})
	http1, _ := plainServer(t, handler)
	http2, _ := tlsServer(t, &tls.Config{NextProtos: []string{"h2"}}, handler)
	custom := roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := respond(map[bool]int{true: 422, false: 200}[strings.HasPrefix(req.URL.Path, "/error")], sessionJSON)(req)
		resp.ContentLength = math.MaxInt64
		return resp, err
	})
	const base = "http://127.0.0.1:9"
	for name, test := range map[string]struct {
		url   string
		c     *facade.Client
		short bool // the connection closes before the end of the body
	}{
		"HTTP/1":    {http1.URL, newRawClient(t, nil, base, withAttempts(1)), true},
		"HTTP/2":    {http2.URL, trusting(t, http2, withAttempts(1)), true},
		"transport": {base, newClient(t, custom.option(), withAttempts(1)), false},
	} {
		_, err := createSession(t, test.c, facade.WithBaseURL(test.url))
		if errors.Is(err, io.ErrUnexpectedEOF) != test.short || !test.short && err != nil {
			t.Errorf("row 74 %s: %v", name, err)
		}
		_, err = createSession(t, test.c, facade.WithBaseURL(test.url+"/error"))
		if e, ok := err.(*apierrors.APIError); !ok || e.StatusCode != 422 {
			t.Errorf("row 74 %s, 422: %v", name, err)
		}
	}
}

func TestSessionsCreate_WithoutAClientCertificate(t *testing.T) { // row 78
	t.Parallel()
	for version, attempts := range map[uint16]int{tls.VersionTLS12: 1, tls.VersionTLS13: 3} {
		server, _ := tlsServer(t, &tls.Config{
			NextProtos: []string{"h2"}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version,
		}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server handles a request") }))
		for _, err := range createSessions(t, trusting(t, server), 32) {
			// With TLS 1.3 net/http may lose the alert in a race, and then the call is retried.
			e, ok := err.(*apierrors.TransportError)
			if !ok || e.Attempts > attempts || attempts == 1 && !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("row 78: %T %v", err, err)
			}
		}
	}
}
