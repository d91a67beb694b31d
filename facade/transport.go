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
	"slices"
	"sync/atomic"
	"time"
)

// newTransport returns a transport like http.DefaultTransport, with a larger pool,
// shorter timeouts and a limit on response headers.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		ForceAttemptHTTP2: true, // a DialContext would turn it off
		// The default of 2 makes a busy client dial all the time. The pool never
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

// wrapTransport sets c.transport to that of the HTTP client, inside the middleware.
func (c *config) wrapTransport() error {
	c.transport = c.httpClient.Transport
	for _, m := range slices.Backward(c.middleware) {
		if m != nil {
			c.transport = m(c.transport)
		}
		if m == nil || c.transport == nil {
			return invalid("WithMiddleware", "must not be nil or return nil")
		}
	}
	return nil
}

var errNoResponse = errors.New("neither a response nor an error")

// roundTrip calls transport.RoundTrip and checks the result as http.Client does.
// It does not follow redirects: the API has none, and one would send the key and
// the consumer's data elsewhere.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ok && string(record.RecordHeader[:]) == "HTTP/":
		return nil, http.ErrSchemeMismatch
	case err != nil:
		return nil, err // without a response, which would not be redacted
	case resp == nil:
		return nil, fmt.Errorf("the transport %T returned %w", transport, errNoResponse)
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	return resp, nil
}

// proxyError is the status of a forward proxy that rejected CONNECT.
type proxyError int

func (e proxyError) Error() string {
	return fmt.Sprintf("the proxy refused the connection: %d %s", int(e), http.StatusText(int(e)))
}

// asProxyError returns a proxyError if err is what a transport without our
// OnProxyConnectResponse returns: an error with the status text and nothing else.
func asProxyError(err error) error {
	for code := 400; code < 600; code++ {
		if text := http.StatusText(code); text != "" && err.Error() == text {
			return proxyError(code)
		}
	}
	return err
}

// boundReplays returns a clone of template that HTTP/1 sends at most twice.
// Because of the Idempotency-Key in defaultHeader, net/http sends a request again
// when a pooled connection is closed before the response, and would do so through
// a whole pool of dead connections. Therefore the first replay closes the idle
// connections, so that it uses a new one, and a second replay fails. HTTP/2 repeats
// what the server has not processed, and stops after ten replays.
func boundReplays(ctx context.Context, template *http.Request, client *http.Client) (req *http.Request, err error) {
	var count struct {
		trace          httptrace.ClientTrace
		http1, replays atomic.Int32
	}
	count.trace.WroteHeaderField = func(key string, _ []string) {
		if key == "Host" { // HTTP/2 calls it :authority
			count.http1.Add(1)
		}
	}
	req = template.Clone(httptrace.WithClientTrace(ctx, &count.trace))
	if template.GetBody == nil {
		return req, nil
	}
	req.GetBody = func() (io.ReadCloser, error) {
		switch sent := count.http1.Load(); {
		case sent > 1, count.replays.Add(1) > 10: // the limits of HTTP/1 and of HTTP/2
			return nil, errors.New("the server closed one connection after another without a response")
		case sent == 1:
			client.CloseIdleConnections()
		}
		return template.GetBody()
	}
	req.Body, err = template.GetBody()
	return req, err
}
