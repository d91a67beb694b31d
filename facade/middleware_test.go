package facade

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
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
	pass := func(next http.RoundTripper) http.RoundTripper { return next }
	c := newClient(t, session.option(), WithMiddleware(pass, pass), around(&trace, "a"), around(&trace, "b"))
	for _, call := range [][]string{{"x", "y"}, {"z"}, nil} { // a call's stay with the call
		trace = nil
		var opts []Option
		for _, name := range call {
			opts = append(opts, around(&trace, name))
		}
		aSession(1).check(t, c, opts...)
		want := append([]string{"a", "b"}, call...)
		if !slices.Equal(trace, want) {
			t.Errorf("went through %v, want %v", trace, want)
		}
	}
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

func TestWithMiddleware_KeepsThePool(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var trace []string
		server, opened := counted(everyConn(serveSession))
		c := newPipeClient(t, server, around(&trace, "client"))
		for range 10 {
			aSession(1).check(t, c, around(&trace, "call"))
		}
		if opened.Load() != 1 || len(trace) != 20 {
			t.Errorf("%d connections, %d visits", opened.Load(), len(trace))
		}
		c.CloseIdleConnections() // through middleware without such a method
		aSession(1).check(t, c)
		if opened.Load() != 2 {
			t.Errorf("%d connections: the idle one was not closed", opened.Load())
		}
	})
}

func TestWithMiddleware_ErrorsAreKept(t *testing.T) { // row 88
	for _, text := range []string{
		"Too Many Requests", "Service Unavailable", "Forbidden", // net/http's words for a proxy
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

// The race detector watches whether a call writes to the error.
func TestWithMiddleware_APIErrorIsNotTheAPIs(t *testing.T) { // row 88
	bubble(t, func(t *testing.T) {
		own := &apierrors.APIError{StatusCode: 401, Message: "no token", RetryAfter: maxRetryAfter + 1}
		c := newClient(t, WithMiddleware(func(http.RoundTripper) http.RoundTripper { return fail(own) }))
		const calls, retries = 32, 10
		c.budget.retries = retries
		attempts := 0
		for _, err := range createSessions(t, c, calls) {
			e, ok := err.(*apierrors.TransportError)
			if !ok || !errors.Is(err, own) {
				t.Fatalf("got %T %v", err, err)
			}
			attempts += e.Attempts
		}
		if attempts != calls+retries {
			t.Errorf("%d attempts", attempts)
		}
		if own.Attempts != 0 || own.NotRetried != "" {
			t.Errorf("the middleware's error is changed: %v", own)
		}
	})
}

// A side request on a connection that had been used before is not the call's.
func TestWithMiddleware_SideRequest(t *testing.T) { // row 89
	bubble(t, func(t *testing.T) {
		server, opened := counted(everyConn(serveSession))
		tokens := &http.Client{Transport: &http.Transport{DialContext: pipes(server)}}
		defer tokens.CloseIdleConnections()
		fetchToken := func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
			for range 20 {
				side, _ := http.NewRequestWithContext(req.Context(), "GET", "http://tokens.test/", nil)
				resp, err := tokens.Do(side)
				if err != nil {
					return nil, err
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			return next.RoundTrip(req)
		}

		s := newScript(t, fail(io.EOF)) // on a new connection
		c := newClient(t, s.option(), withMiddleware(fetchToken), withAttempts(1))
		aTransportError(1, "EOF").check(t, c)
		if s.closedIdle != 0 || opened.Load() != 1 {
			t.Errorf("closed idle connections %d times; %d side connections", s.closedIdle, opened.Load())
		}
	})
}

func TestWithMiddleware_SendsAgain(t *testing.T) { // row 89
	const sends, calls = 15, 10
	sendAgain := func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		for {
			resp, err := next.RoundTrip(req)
			if err != nil || resp.StatusCode == http.StatusOK {
				return resp, err
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			req = req.Clone(req.Context())
			req.Body, err = req.GetBody() // after the response
			if err != nil {
				return nil, err
			}
		}
	}
	bubble(t, func(t *testing.T) {
		requests := 0
		server, opened := counted(everyConn(func(conn net.Conn) {
			for r := bufio.NewReader(conn); readRequest(r); {
				requests++
				if requests%sends == 0 {
					io.WriteString(conn, wholeResponse)
				} else {
					io.WriteString(conn, sized("HTTP/1.1 503 Service Unavailable\r\n", ""))
				}
			}
		}))
		c := newPipeClient(t, server, withMiddleware(sendAgain), withAttempts(1))
		for range calls {
			aSession(1).check(t, c)
		}
		if requests != sends*calls || opened.Load() != 1 {
			t.Errorf("%d requests over %d connections", requests, opened.Load())
		}
	})
}

func TestWithMiddleware_SeesTheRequestThatIsSent(t *testing.T) { // row 90
	var signed http.Header
	sign := withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		for name, values := range req.Header {
			if len(values) != 1 {
				t.Errorf("header %s has the values %q", name, values)
			}
		}
		signed = req.Header.Clone()
		return next.RoundTrip(req)
	})
	server := newServer(t, nil, func(w http.ResponseWriter, r *http.Request) {
		for _, added := range []string{"Accept-Encoding", "Content-Length"} { // by net/http
			r.Header.Del(added)
		}
		for name := range r.Header {
			if !slices.Equal(r.Header[name], signed[name]) {
				t.Errorf("%s: %q was sent, the middleware saw %q", name, r.Header[name], signed[name])
			}
		}
		if len(signed) != len(r.Header) {
			t.Errorf("the middleware saw %v, sent was %v", signed, r.Header)
		}
		handleSession(w, r)
	})
	aSession(1).check(t, newNetClient(t, newTransport(), server.URL, sign, WithHeader("X-Team", "a")))
}
