package facade_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// Faults that need real connections. The row numbers are those of FAULTS.md.

// createAll makes n calls at once and returns their errors.
func createAll(t *testing.T, c *facade.Client, n int) (errs []error) {
	var calls sync.WaitGroup
	errs = make([]error, n)
	for i := range n {
		calls.Go(func() { errs[i] = create(t, c) })
	}
	calls.Wait()
	return errs
}

func TestSessionsCreate_SendsTwoPOSTsAtMostOverAPoolOfDeadConnections(t *testing.T) { // rows 13 and 73
	t.Parallel()
	const pooled = 200
	var warm sync.WaitGroup
	warm.Add(pooled)
	var old sync.Map // addresses of the connections that are dead after the restart
	var restarted atomic.Bool
	var posts atomic.Int64
	server := unstarted(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if !restarted.Load() {
			old.Store(r.RemoteAddr, true)
			warm.Done()
			warm.Wait()
		} else {
			posts.Add(1)
			if _, dead := old.Load(r.RemoteAddr); dead {
				panic(http.ErrAbortHandler) // closes without a response
			}
		}
		io.WriteString(w, validSession)
	})
	server.Start()
	c := sdk(t, facade.WithBaseURL(server.URL), noRetry())
	if err := errors.Join(createAll(t, c, pooled)...); err != nil {
		t.Fatal(err)
	}
	restarted.Store(true)
	if err := create(t, c); err != nil || posts.Load() > 2 {
		t.Errorf("%d POSTs at the server, %v", posts.Load(), err)
	}
}

func TestSessionsCreate_SurvivesTheLossOfOneHTTP2ConnectionUnder64Calls(t *testing.T) { // row 75
	t.Parallel()
	const calls = 64
	var requests atomic.Int64
	lost := make(chan struct{})
	server := unstarted(t, nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		n := requests.Add(1) - 1 // the first request opens the connection
		if n == calls {
			server.CloseClientConnections()
			close(lost)
		}
		if 0 < n && n <= calls {
			<-lost
			return
		}
		io.WriteString(w, validSession)
	})
	server.StartTLS()
	c := sdk(t, facade.WithBaseURL(server.URL), facade.WithHTTPClient(server.Client()))
	if err := create(t, c); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(createAll(t, c, calls)...); err != nil {
		t.Errorf("row 75: %d of %d calls failed: %v", strings.Count(err.Error(), "\n")+1, calls, err)
	}
}

func TestSessionsCreate_BoundsABodyWhateverItsContentLength(t *testing.T) { // row 74
	t.Parallel()
	short := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(math.MaxInt64))
		var status int
		fmt.Sscan(r.URL.Path[1:4], &status)
		w.WriteHeader(status)
		io.WriteString(w, validSession)
	}
	h1, h2 := unstarted(t, short), unstarted(t, short)
	h1.Start()
	h2.StartTLS()
	custom := transport(func(r *http.Request) (*http.Response, error) {
		resp := response(200, validSession)
		fmt.Sscan(r.URL.Path[1:4], &resp.StatusCode)
		resp.ContentLength = math.MaxInt64
		return resp, nil
	})
	for _, test := range []struct {
		name, url string
		via       facade.Option
		err200    error
	}{
		{"HTTP1", h1.URL, facade.WithHTTPClient(h1.Client()), io.ErrUnexpectedEOF},
		{"HTTP2", h2.URL, facade.WithHTTPClient(h2.Client()), io.ErrUnexpectedEOF},
		{"transport", "https://unify.example.com", custom.option(), nil},
	} {
		t.Run("row 74 "+test.name, func(t *testing.T) {
			wantIs(t, create(t, sdk(t, noRetry(), test.via, facade.WithBaseURL(test.url+"/200"))), test.err200)
			err := create(t, sdk(t, noRetry(), test.via, facade.WithBaseURL(test.url+"/422")))
			wantError(t, err, 1, "422 Unprocessable Entity")
		})
	}
}

func TestSessionsCreate_DoesNotRetryWithoutAClientCertificate(t *testing.T) { // row 78
	t.Parallel()
	for version, attempts := range map[uint16]int{tls.VersionTLS12: 1, tls.VersionTLS13: 3} {
		server := unstarted(t, func(http.ResponseWriter, *http.Request) { t.Error("the server takes a request") })
		server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}
		server.StartTLS()
		c := sdk(t, facade.WithBaseURL(server.URL), facade.WithHTTPClient(server.Client()))
		for _, err := range createAll(t, c, 32) {
			// With TLS 1.3 net/http loses the alert in a race, and then the call is retried.
			if e, ok := err.(*apierrors.TransportError); !ok || e.Attempts > attempts {
				t.Errorf("row 78: %T %v", err, err)
			} else if version == tls.VersionTLS12 {
				wantText(t, err.Error(), "remote error: tls: ")
			}
		}
	}
}
