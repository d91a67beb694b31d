package facade

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// newTransport returns net/http's default transport with a pool for a backend,
// timeouts of its own, and a limit on the size of headers.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
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

// wrapTransport puts the middlewares around the transport of the base client.
func (c *config) wrapTransport() error {
	c.transport = cmp.Or(c.baseClient.Transport, http.DefaultTransport)
	for _, m := range slices.Backward(c.middleware) {
		if m != nil {
			c.transport = m(c.transport)
		}
		if m == nil || c.transport == nil {
			return invalid("WithMiddleware", "is nil or returned nil; give it functions that return a transport")
		}
	}
	return nil
}

var errNoResponse = errors.New("neither a response nor an error")

// roundTrip is transport.RoundTrip with the checks of http.Client. It does not
// follow redirects: the API has none, and one would send the key and the
// consumer's data elsewhere.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ok && string(record.RecordHeader[:]) == "HTTP/":
		return nil, http.ErrSchemeMismatch
	case err == nil && resp == nil:
		return nil, fmt.Errorf("the transport %T returned %w", transport, errNoResponse)
	case err == nil && resp.Body == nil:
		resp.Body = http.NoBody
	}
	return resp, err
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

// boundReplays returns a clone of template that net/http sends at most twice.
// Because of the Idempotency-Key in defaultHeader, net/http sends a request again
// when a pooled HTTP/1 connection is closed before the response, and would do so
// through a whole pool of dead connections. So the first replay closes the idle
// connections, to go over a new one, and there is no second. HTTP/2 sends again
// only what the server has not processed.
func boundReplays(ctx context.Context, template *http.Request, client *http.Client) *http.Request {
	var http1 struct {
		trace httptrace.ClientTrace
		sent  atomic.Int32
	}
	http1.trace.WroteHeaderField = func(key string, _ []string) {
		if key == "Host" { // HTTP/2 calls it :authority
			http1.sent.Add(1)
		}
	}
	req := template.Clone(httptrace.WithClientTrace(ctx, &http1.trace))
	req.GetBody = func() (io.ReadCloser, error) {
		switch http1.sent.Load() {
		case 0: // HTTP/2
		case 1:
			client.CloseIdleConnections()
		default:
			return nil, errors.New("the server closed two connections without a response")
		}
		return template.GetBody()
	}
	return req
}
