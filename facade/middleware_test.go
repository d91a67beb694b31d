package facade_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/apideck-community/vault-go/facade"
)

type middleware = func(http.RoundTripper) http.RoundTripper

// around records name in trace when it sees a request.
func around(trace *[]string, name string) middleware {
	return func(next http.RoundTripper) http.RoundTripper {
		return transport(func(r *http.Request) (*http.Response, error) {
			*trace = append(*trace, name)
			return next.RoundTrip(r)
		})
	}
}

func TestWithMiddleware_FirstIsOutermostAndUsesAppend(t *testing.T) {
	t.Parallel()
	var trace []string
	c := sdk(t, always(200, validSession).option(), facade.WithMiddleware(around(&trace, "a"), around(&trace, "b")),
		facade.WithMiddleware(around(&trace, "c")))
	for _, call := range [][]string{{"x", "y"}, {"z"}, nil} { // a call's middleware stays with the call
		trace = nil
		var opts []facade.Option
		for _, name := range call {
			opts = append(opts, facade.WithMiddleware(around(&trace, name)))
		}
		err := create(t, c, opts...)
		if want := append([]string{"a", "b", "c"}, call...); err != nil || !slices.Equal(trace, want) {
			t.Errorf("went through %v, want %v: %v", trace, want, err)
		}
	}
}

func TestWithMiddleware_SeesEachAttemptWithItsKeyAndNoRedirect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		statuses := []int{503, 500, 307}
		var seen []int
		c := sdk(t, transport(func(*http.Request) (*http.Response, error) {
			return response(statuses[len(seen)], "", "Location", "https://other.test/"), nil
		}).option(), facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return transport(func(r *http.Request) (*http.Response, error) {
				if auth := r.Header.Get("Authorization"); auth != "Bearer key-0123456789" || r.URL.Host == "other.test" {
					t.Errorf("Authorization %q for %s", auth, r.URL)
				}
				resp, err := next.RoundTrip(r)
				seen = append(seen, resp.StatusCode)
				return resp, err
			})
		}))
		wantError(t, create(t, c), 3, "307 Temporary Redirect")
		if !slices.Equal(seen, statuses) {
			t.Errorf("saw %v", seen)
		}
	})
}

func TestWithMiddleware_ErrorIsATransportError(t *testing.T) {
	t.Parallel()
	denied := errors.New("denied by middleware")
	err := create(t, sdk(t, noRetry(), facade.WithMiddleware(func(http.RoundTripper) http.RoundTripper {
		return transport(func(*http.Request) (*http.Response, error) { return nil, denied })
	})))
	wantError(t, err, 1, "^apideck: POST /vault/sessions: denied by middleware$")
	wantIs(t, err, denied)
}

func TestWithMiddleware_RejectsNil(t *testing.T) {
	t.Parallel()
	returnsNil := func(http.RoundTripper) http.RoundTripper { return nil }
	for name, m := range map[string]middleware{"nil": nil, "a function that returns nil": returnsNil} {
		opt := facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper { return next }, m)
		t.Run(name+" of a call", func(t *testing.T) {
			wantText(t, reasons(t, create(t, sdk(t), opt))["WithMiddleware"], "nil")
		})
		t.Run(name+" of a client", func(t *testing.T) {
			c, err := facade.New(facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithConsumerID("c"), opt)
			if err == nil {
				err = create(t, c)
			}
			wantText(t, reasons(t, err)["WithMiddleware"], "nil")
		})
	}
}

func TestWithMiddleware_KeepsThePool(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	closed := make(chan bool, 100)
	server := unstarted(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, validSession) })
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			opened.Add(1)
		case http.StateClosed:
			closed <- true
		}
	}
	server.Start()
	var trace []string
	c := sdk(t, facade.WithBaseURL(server.URL), facade.WithMiddleware(around(&trace, "client")))
	for range 10 {
		if err := create(t, c, facade.WithMiddleware(around(&trace, "call"))); err != nil {
			t.Fatal(err)
		}
	}
	if opened.Load() != 1 || len(trace) != 20 {
		t.Errorf("%d connections, %d visits of middleware", opened.Load(), len(trace))
	}
	c.CloseIdleConnections() // through a middleware that has no such method
	<-closed
}
