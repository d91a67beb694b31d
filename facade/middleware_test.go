package facade_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

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
