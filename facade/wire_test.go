package facade

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"
)

func TestWireRoundTrip(t *testing.T) {
	lost := errors.New("lost")
	stream := errors.New("stream error: stream ID 3; REFUSED_STREAM")
	headers := errors.New("net/http: server response headers exceeded 262144 bytes; aborted")
	newConn := func(req *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
		return nil, lost
	}
	redialed := func(req *http.Request) (*http.Response, error) {
		onUsedConn(fail(lost))(req)
		httptrace.ContextClientTrace(req.Context()).GetConn("api.test:443")
		return nil, lost
	}
	tests := []struct {
		name string
		next roundTripFunc
		lost bool
	}{
		{"no connection", fail(lost), false},
		{"a new connection", newConn, false},
		{"a used connection", onUsedConn(fail(lost)), true},
		{"a stream of a used connection", onUsedConn(fail(stream)), false},
		{"a timeout on a used connection", onUsedConn(fail(context.DeadlineExceeded)), false},
		{"a permanent failure on a used connection", onUsedConn(fail(headers)), false},
		{"after a used connection, no other", redialed, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), "POST", "/", http.NoBody)
			resp, err := (&wire{next: test.next}).RoundTrip(req)
			_, lostConn := err.(lostConnError)
			if resp != nil || err == nil || lostConn != test.lost {
				t.Errorf("got %v, %T %v", resp, err, err)
			}
		})
	}

	req := httptest.NewRequestWithContext(t.Context(), "POST", "/", http.NoBody)
	resp, err := (&wire{next: onUsedConn(down)}).RoundTrip(req)
	if err != nil || resp.StatusCode != 503 {
		t.Errorf("a response on a used connection: %v, %v", resp, err)
	}
}

// The request after a failure for which idle connections may be dead, too, closes
// them.
func TestWireRoundTrip_ClosesIdleConnections(t *testing.T) { // rows 13, 53 and 87
	malformed := onUsedConn(func(req *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(req.Context()).GotFirstResponseByte()
		return nil, errors.New("malformed HTTP response")
	})
	tests := []struct {
		name   string
		step   roundTripFunc
		closes int
	}{
		{"a lost connection", onUsedConn(fail(io.EOF)), 1},
		{"a used connection that is silent", onUsedConn(hang), 1},
		{"a new connection that is silent", hang, 0},
		{"a response", onUsedConn(down), 0},
		{"a malformed response", malformed, 0},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			s := newScript(t, test.step, session, session)
			chain := &wire{next: s}
			for range s.steps {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				chain.RoundTrip(httptest.NewRequestWithContext(ctx, "POST", "/", http.NoBody))
				cancel()
			}
			if s.closedIdle != test.closes {
				t.Errorf("idle connections were closed %d times", s.closedIdle)
			}
		})
	}
}

// A caller that gives up says nothing about the connection.
func TestWireRoundTrip_CanceledOnUsedConnection(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	chain := &wire{next: onUsedConn(hang)}
	chain.RoundTrip(httptest.NewRequestWithContext(ctx, "POST", "/", http.NoBody))
	if chain.suspect.Load() {
		t.Error("the idle connections are suspect")
	}
}

func TestWireRoundTrip_LimitsReplays(t *testing.T) { // row 73
	replays := 0
	next := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		for {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			if body != http.NoBody {
				t.Errorf("the body is %v", body)
			}
			replays++
		}
	})
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/", http.NoBody)
	req.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
	for range 2 { // a middleware may send a request again
		replays = 0
		_, err := (&wire{next: next}).RoundTrip(req)
		if err == nil || replays != maxReplays {
			t.Errorf("%d replays, then %v", replays, err)
		}
	}

	req.GetBody = nil
	(&wire{next: roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.GetBody != nil {
			t.Error("a request without GetBody has got one")
		}
		return down(req)
	})}).RoundTrip(req)
}

func TestExplain(t *testing.T) {
	record := func(header string) error {
		err := tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
		copy(err.RecordHeader[:], header)
		return &net.OpError{Op: "dial", Err: err}
	}
	other := errors.New("reset")
	if got := explain(record("HTTP/")); got != http.ErrSchemeMismatch {
		t.Errorf("plain HTTP: %v", got)
	}
	for _, err := range []error{record("SSH-2"), other} {
		if got := explain(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	for _, text := range []string{
		"net/http: server response headers exceeded 262144 bytes; aborted",
		"http2: response header list larger than advertised limit",
		"http2: server sent header list too large",
		"tls: server selected unsupported protocol version 302",
	} {
		err := errors.New(text)
		if got, ok := explain(err).(permanentError); !ok || !errors.Is(got, err) {
			t.Errorf("%v is not permanent", err)
		}
	}
}

func TestWithoutQuote(t *testing.T) {
	for text, want := range map[string]string{
		`net/http: HTTP/1.x transport connection broken: malformed HTTP response "secret"`: `net/http: HTTP/1.x transport connection broken: malformed response`,
		`malformed MIME header line: secret`:                                               `malformed response`,
		`net/http: timeout awaiting response headers`:                                      `net/http: timeout awaiting response headers`,
		`signing: malformed private key in the keystore`:                                   `signing: malformed private key in the keystore`,
	} {
		err := errors.New(text)
		got := withoutQuote(err)
		if got.Error() != want || (got == err) != (text == want) {
			t.Errorf("%v became %v", err, got)
		}
	}
}

// A server that responds, whatever it says, has got the request.
func TestSessionsCreate_MalformedOnUsedConnection(t *testing.T) { // row 14
	server := listen(t, func(_ int, conn *net.TCPConn) {
		r := bufio.NewReader(conn)
		for _, response := range []string{wholeResponse, "garbage\r\n\r\n"} {
			readRequest(r)
			io.WriteString(conn, response)
		}
	})
	c := newNetClient(t, newTransport(), server, WithRetries(noRetry))
	aSession(1).check(t, c)
	aTransportError(1, "malformed response").check(t, c)
}
