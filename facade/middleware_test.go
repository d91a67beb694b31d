package facade

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"slices"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// around records name in trace when it sees a request.
func around(trace *[]string, name string) Option {
	return withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		*trace = append(*trace, name)
		return next.RoundTrip(req)
	})
}

func TestWithMiddleware_FirstIsOutermost(t *testing.T) {
	var trace []string
	c := newClient(t, session.option(), around(&trace, "a"), around(&trace, "b"))
	aSession(1).check(t, c, around(&trace, "x"), around(&trace, "y"))
	aSession(1).check(t, c, around(&trace, "z"))
	aSession(1).check(t, c)
	if got := strings.Join(trace, " "); got != "a b x y a b z a b" {
		t.Errorf("went through %s", got)
	}
}

func TestWithMiddleware_CopiesItsArguments(t *testing.T) {
	pass := func(next http.RoundTripper) http.RoundTripper { return next }
	own := []func(http.RoundTripper) http.RoundTripper{pass}
	option := WithMiddleware(own...)
	clear(own)
	aSession(1).check(t, newClient(t, session.option(), option))
}

func TestWithMiddleware_SeesEachAttemptAndNoRedirect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var seen []int
		record := func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
			resp, err := next.RoundTrip(req)
			seen = append(seen, resp.StatusCode)
			return resp, err
		}
		s := newScript(t, down, respond(500, ""), respond(307, "", "Location", "https://other.test/"))
		anAPIError(307, 3).check(t, newClient(t, s.option(), withMiddleware(record)))
		if !slices.Equal(seen, []int{503, 500, 307}) {
			t.Errorf("saw %v", seen)
		}
	})
}

func TestWithMiddleware_Nil(t *testing.T) {
	returnsNil := func(http.RoundTripper) http.RoundTripper { return nil }
	checkOption(t, "WithMiddleware", WithMiddleware(nil), "must not be nil")
	checkOption(t, "WithMiddleware", WithMiddleware(returnsNil), "must not return nil")
}

func TestClient_CloseIdleConnections_ThroughMiddleware(t *testing.T) {
	s := newScript(t)
	c := newClient(t, s.option(), around(new([]string), "has no such method"))
	c.CloseIdleConnections()
	if s.closedIdle != 1 {
		t.Errorf("idle connections were closed %d times", s.closedIdle)
	}
}

func TestWithMiddleware_ErrorsAreKept(t *testing.T) { // row 88
	for _, text := range []string{
		"Forbidden", // net/http's word for a proxy
		"request signing: malformed private key in keystore", // net/http's for a response
	} {
		inBubble(t, "row 88 "+text, func(t *testing.T) {
			own := errors.New(text)
			c := newClient(t, WithMiddleware(func(http.RoundTripper) http.RoundTripper { return fail(own) }))
			err := aTransportError(3, "sessions: "+text+" (3 attempts)").check(t, c)
			if !errors.Is(err, own) || !apierrors.Temporary(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWithMiddleware_APIErrorIsNotTheAPIs(t *testing.T) { // row 88
	own := &apierrors.APIError{StatusCode: 401, Message: "no token", RetryAfter: maxRetryAfter + 1}
	c := newClient(t, WithMiddleware(func(http.RoundTripper) http.RoundTripper { return fail(own) }))
	c.budget.retries = 0
	err := aTransportError(1, "the retry budget is empty").check(t, c)
	checkIs(t, err, own)
	if own.Attempts != 0 || own.NotRetried != "" {
		t.Errorf("the middleware's error is changed: %v", own)
	}
}

func TestWithMiddleware_SendsAgain(t *testing.T) { // row 89
	sendAgain := func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if httptrace.ContextClientTrace(req.Context()) != nil {
			t.Error("other requests with this context are observed")
		}
		for {
			resp, err := next.RoundTrip(req)
			if err != nil || resp.StatusCode == http.StatusOK {
				return resp, err
			}
			req = req.Clone(req.Context())
			req.Body, err = req.GetBody() // after the response
			if err != nil {
				return nil, err
			}
		}
	}
	s := newScript(t, append(slices.Repeat([]roundTripFunc{down}, 2*maxReplays), session)...)
	c := newClient(t, s.option(), withMiddleware(sendAgain), withAttempts(1))
	aSession(1).check(t, c)
	if len(slices.Compact(s.bodies)) != 1 {
		t.Errorf("sent %q", s.bodies)
	}
}

func TestWithMiddleware_SeesTheRequestThatIsSent(t *testing.T) { // row 90
	var signed http.Header
	sign := withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		signed = req.Header.Clone()
		return next.RoundTrip(req)
	})
	s := newScript(t, session)
	aSession(1).check(t, newClient(t, s.option(), sign))

	sent := s.requests[0].Header
	if !reflect.DeepEqual(signed, sent) {
		t.Errorf("the middleware saw %v, sent was %v", signed, sent)
	}
	for name, values := range sent {
		if len(values) != 1 {
			t.Errorf("header %s has the values %q", name, values)
		}
	}
}
