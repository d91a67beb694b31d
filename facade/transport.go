package facade

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// defaultTransport is net/http's default with a pool that fits a backend, a
// limit on every phase, and a limit on the size of headers.
func defaultTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true, // a DialContext of our own would switch it off
		// net/http keeps 2, and dials again and again under load. Connections
		// come back in bursts, so a pool much smaller than the number of callers
		// closes what the next call needs. It never holds more than were in use
		// at once.
		MaxIdleConnsPerHost: 512,
		// Below the 60 s after which common load balancers drop a connection.
		IdleConnTimeout:        55 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		// A half-open HTTP/2 connection is found by a ping within the first
		// attempt, so that the second one dials instead of waiting on it too.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode == http.StatusProxyAuthRequired {
				return errProxyAuth
			}
			return nil
		},
	}
}

// errProxyAuth is final: the proxy asks for it at every attempt.
var errProxyAuth = errors.New("the proxy wants a user name and password (407)")

// restrict returns a copy of c that does not follow redirects: the API has
// none, and following one would carry the key and the consumer's data to
// wherever it points.
func restrict(c *http.Client) *http.Client {
	restricted := *c
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	restricted.Transport = noLocation{transport}
	restricted.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &restricted
}

// noLocation removes the Location of a redirect. http.Client parses it before
// it asks CheckRedirect, and answers a bad one with an error that quotes it and
// loses the status.
type noLocation struct{ http.RoundTripper }

func (t noLocation) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if resp != nil && resp.StatusCode >= 300 && resp.StatusCode <= 399 && resp.Header.Get("Location") != "" {
		resp.Header = resp.Header.Clone() // the transport may share its own
		resp.Header.Del("Location")
	}
	return resp, err
}

// CloseIdleConnections passes on what http.Client asks for.
func (t noLocation) CloseIdleConnections() {
	if closer, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
