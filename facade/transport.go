package facade

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// defaultTransport returns the transport of a client without WithHTTPClient.
func defaultTransport() http.RoundTripper {
	transport := newTransport()
	if runtime.GOOS == "js" {
		transport.DialContext = nil // with one, net/http would not use the host's fetch
		return fetchTransport{transport}
	}
	return transport
}

// fetchTransport is a transport on js/wasm, where the host's fetch would follow
// redirects.
type fetchTransport struct{ *http.Transport }

func (t fetchTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("js.fetch:redirect", "error") // an option of net/http, which is not sent
	return t.Transport.RoundTrip(req)
}

// newTransport returns a transport like http.DefaultTransport, with a larger pool,
// shorter timeouts and a limit on response headers.
func newTransport() *http.Transport {
	return &http.Transport{
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
}

// checkProxy returns an error if a forward proxy rejects CONNECT.
func checkProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}

	text := http.StatusText(resp.StatusCode)
	err := fmt.Errorf("the proxy rejected the connection: %d %s", resp.StatusCode, text)
	if resp.StatusCode < 500 {
		return permanentError{err}
	}
	return err
}

// connPool is an HTTP client, which may be shared by clients and calls.
type connPool struct {
	*http.Client
	suspect atomic.Bool // its idle connections may be dead: one was lost, or silent
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
