package facade

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// newTransport returns a transport like http.DefaultTransport, with a larger pool,
// shorter timeouts and a limit on response headers.
func newTransport() *http.Transport {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxy,

		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true, // a DialContext would turn it off

		// The default of 2 makes a busy client dial all the time. The pool never
		// holds more than were in use at once.
		MaxIdleConnsPerHost: 512,
		// Below the 60 s after which common load balancers drop a connection.
		IdleConnTimeout: 55 * time.Second,

		MaxResponseHeaderBytes: 256 << 10,
		// A ping finds a half-open HTTP/2 connection within the first attempt.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
	}

	if runtime.GOOS == "js" {
		transport.DialContext = nil // with one, net/http would not use the host's fetch
	}
	return transport
}

// checkProxy returns an error if a forward proxy rejects CONNECT.
func checkProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}

	err := fmt.Errorf("the proxy rejected the connection: %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if resp.StatusCode < 500 {
		return permanentError{err}
	}
	return err
}

// newChain returns transport behind wire and the middleware, of which the first is
// outermost.
func newChain(
	transport http.RoundTripper, middleware []func(http.RoundTripper) http.RoundTripper,
) (http.RoundTripper, error) {
	var chain http.RoundTripper = wire{transport}

	for _, wrap := range slices.Backward(middleware) {
		if wrap == nil {
			return nil, invalid("WithMiddleware", "must not be nil")
		}
		chain = wrap(chain)
		if chain == nil {
			return nil, invalid("WithMiddleware", "must not return nil")
		}
	}
	return chain, nil
}

// wire is the transport below the middleware. It has what the client knows of
// net/http: its connections, what it says only in the text of an error, and when
// it sends a request again by itself.
type wire struct{ next http.RoundTripper }

// usedConnError is a failure without a response on a connection that had been used
// before.
type usedConnError struct{ error }

func (e usedConnError) Unwrap() error { return e.error }

// permanentError is a failure that another attempt would meet again. It implements
// an interface that apierrors.Temporary looks for.
type permanentError struct{ error }

func (e permanentError) Unwrap() error   { return e.error }
func (e permanentError) Permanent() bool { return true }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var used atomic.Bool
	trace := httptrace.ClientTrace{
		GotConn: func(conn httptrace.GotConnInfo) { used.Store(conn.Reused) },
	}
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &trace))
	req.GetBody = limitReplays(req.GetBody)

	resp, err := roundTrip(w.next, req)
	if err == nil {
		return resp, nil
	}

	err = explain(err)
	if used.Load() {
		err = usedConnError{err}
	}
	return nil, err
}

// maxReplays is how often net/http may send a request again by itself. It does so
// if the server cannot have processed the request, and without a limit if an
// HTTP/2 server closes each new connection.
const maxReplays = 10

// limitReplays returns a GetBody that can be called maxReplays times, once for
// each replay.
func limitReplays(getBody func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	if getBody == nil {
		return nil
	}

	var replays atomic.Int32
	return func() (io.ReadCloser, error) {
		if replays.Add(1) > maxReplays {
			return nil, errors.New("the server closed one connection after another without a response")
		}
		return getBody()
	}
}

// explain returns err, or a better error for what net/http says only in the text
// of an error.
func explain(err error) error {
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	if ok && string(record.RecordHeader[:]) == "HTTP/" {
		return http.ErrSchemeMismatch // as http.Client does
	}

	for _, text := range headersTooLarge {
		if strings.Contains(err.Error(), text) {
			return permanentError{err}
		}
	}
	return withoutQuote(err)
}

// headersTooLarge are the texts of net/http for response headers above
// MaxResponseHeaderBytes. Of HTTP/2 headers far above, it only says
// "connection error: PROTOCOL_ERROR", which can have other reasons.
var headersTooLarge = []string{
	"server response headers exceeded",
	"response header list larger",
	"header list too large",
}

// withoutQuote returns err, but for an error of net/http that quotes a malformed
// response, which may be a session, an error that does not.
func withoutQuote(err error) error {
	const malformed = "malformed "
	text := err.Error()
	if !strings.HasPrefix(text, "net/http: ") && !strings.HasPrefix(text, malformed) {
		return err
	}

	before, _, quotes := strings.Cut(text, malformed)
	if !quotes {
		return err
	}
	return errors.New(before + malformed + "response")
}

// roundTrip calls transport.RoundTrip and checks the result as http.Client does. It
// does not follow redirects: the API has none, and one would send the key and the
// consumer's data elsewhere.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err // without a response, which would not be redacted
	}
	if resp == nil {
		return nil, permanentError{fmt.Errorf("the transport %T returned neither a response nor an error", transport)}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, nil
}
