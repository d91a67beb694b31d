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
			resp, err := wire{test.next}.RoundTrip(req)
			_, lostConn := err.(lostConnError)
			if resp != nil || err == nil || lostConn != test.lost {
				t.Errorf("got %v, %T %v", resp, err, err)
			}
		})
	}

	req := httptest.NewRequestWithContext(t.Context(), "POST", "/", http.NoBody)
	resp, err := wire{onUsedConn(down)}.RoundTrip(req)
	if err != nil || resp.StatusCode != 503 {
		t.Errorf("a response on a used connection: %v, %v", resp, err)
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
		_, err := wire{next}.RoundTrip(req)
		if err == nil || replays != maxReplays {
			t.Errorf("%d replays, then %v", replays, err)
		}
	}

	req.GetBody = nil
	wire{roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.GetBody != nil {
			t.Error("a request without GetBody has got one")
		}
		return down(req)
	})}.RoundTrip(req)
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
