package facade

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// newTransport returns net/http's default transport with a pool for a backend,
// timeouts of its own, and a limit on the size of headers.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true, // a DialContext would turn it off
		// net/http keeps 2 and dials again and again under load. The pool never
		// holds more than were in use at once.
		MaxIdleConnsPerHost: 512,
		// Below the 60 s after which common load balancers drop a connection.
		IdleConnTimeout:        55 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		// A ping finds a half-open HTTP/2 connection within the first attempt, so
		// that the second dials.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK {
				return proxyError(resp.StatusCode)
			}
			return nil
		},
	}
}

type middleware = func(next http.RoundTripper) http.RoundTripper

// wrap returns the transport of client inside the middlewares, the first of
// which is outermost.
func wrap(client *http.Client, middlewares []middleware) (http.RoundTripper, error) {
	transport := client.Transport
	if transport == nil {
		transport = defaultTransport{}
	}
	for _, m := range slices.Backward(middlewares) {
		if m != nil {
			transport = m(transport)
		}
		if m == nil || transport == nil {
			return nil, invalid("WithMiddleware", "is nil or returned nil; give it functions that return a transport")
		}
	}
	return transport, nil
}

// defaultTransport is http.DefaultTransport at the time of the request.
type defaultTransport struct{}

func (defaultTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return http.DefaultTransport.RoundTrip(req)
}

var errNoResponse = errors.New("neither a response nor an error")

// roundTrip is transport.RoundTrip with the checks of http.Client. It does not
// follow redirects: the API has none, and one would send the key and the
// consumer's data elsewhere.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(record.RecordHeader[:]) == "HTTP/" {
		return nil, http.ErrSchemeMismatch
	}
	switch {
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, fmt.Errorf("the transport %T returned %w", transport, errNoResponse)
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	return resp, nil
}

// proxyError is the status of a forward proxy that refused to connect.
type proxyError int

func (e proxyError) Error() string {
	return fmt.Sprintf("the proxy refused the connection: %d %s", int(e), http.StatusText(int(e)))
}

// asProxyError returns a proxyError for what other transports make of a refused
// CONNECT: an error whose text is the status text and nothing else.
func asProxyError(err error) error {
	for code := 400; code < 600; code++ {
		if text := http.StatusText(code); text != "" && err.Error() == text {
			return proxyError(code)
		}
	}
	return err
}
