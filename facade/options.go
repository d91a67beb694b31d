package facade

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Environment variables that [New] reads. An option overrides its variable. An
// empty variable counts as unset.
const (
	EnvAPIKey       = "APIDECK_API_KEY"       // see [WithAPIKey]
	EnvAppID        = "APIDECK_APP_ID"        // see [WithAppID]
	EnvBaseURL      = "APIDECK_BASE_URL"      // see [WithBaseURL]
	EnvInsecureHTTP = "APIDECK_INSECURE_HTTP" // "1" or "true" is [WithInsecureHTTP], "0" or "false" is the default
)

// Option configures a client, given to [New], or one call, given to
// [Sessions.Create]. A call's options override the client's for that call, except
// that WithHeader and WithMiddleware add to them. The zero Option does nothing.
type Option struct{ apply func(*config) }

// WithAPIKey sets the API key, without "Bearer". It must be printable ASCII
// without a space at either end. Default: [EnvAPIKey].
func WithAPIKey(key string) Option {
	return Option{func(c *config) { c.auth = newAuth(setting{key, "WithAPIKey"}) }}
}

// WithAPIKeyFunc sets a function that returns the API key, for keys that
// rotate. It is called once for each attempt, so that a retry after a rotation
// uses the new key, and must be safe for concurrent use. Its context has the
// attempt's deadline; f must return when the context is done, because the call
// waits for it. If f returns an error, the call is not retried and returns an
// [apierrors.TransportError] with that error as its cause. If the key is not valid,
// the cause is an [apierrors.ValidationError]. f must not be nil.
func WithAPIKeyFunc(f func(context.Context) (string, error)) Option {
	return Option{func(c *config) { c.auth = auth{source: fetchOption, fetch: f} }}
}

// WithAppID sets the id of the Unify application: 1 to 255 bytes of printable
// ASCII without a space at either end, but not "." or "..". Default: [EnvAppID].
func WithAppID(id string) Option {
	return Option{func(c *config) { c.appID = setting{id, "WithAppID"} }}
}

// WithConsumerID sets the consumer that the session is for, by the id that your
// own system uses: 1 to 255 bytes of printable ASCII without a space at either
// end, but not "." or "..". Pass it to each call, with the id of the signed-in
// customer. There is no default and no environment variable, so that a handler that
// forgets it fails instead of opening one customer's vault for everybody.
func WithConsumerID(id string) Option {
	return Option{func(c *config) { c.consumerID = setting{id, "WithConsumerID"} }}
}

// WithBaseURL sets the base URL of the API: an https URL, or http to a loopback
// address, without user name, password, query and fragment. Its path is kept as a
// prefix. Default: [EnvBaseURL], else https://unify.apideck.com.
func WithBaseURL(u string) Option {
	return Option{func(c *config) { c.baseURL = setting{u, "WithBaseURL"} }}
}

// WithInsecureHTTP allows [WithBaseURL] to be an http URL with any host. The API
// key, the session and the consumer's data then cross the network unencrypted.
// Default: [EnvInsecureHTTP], else not allowed.
func WithInsecureHTTP() Option {
	return Option{func(c *config) { c.insecure = setting{"true", "WithInsecureHTTP"} }}
}

// WithHTTPClient sets the client that sends the requests, for a proxy or a private
// CA. Only its Transport and a positive Timeout are used. Transport is called
// directly, so that redirects are not followed, unless Transport itself calls an
// [http.Client]. If it is nil, it is the [http.DefaultTransport] at this time.
// Timeout limits one attempt, in addition to [WithTimeout]. client is copied and
// must not be nil. Default: a client with a connection pool of its own, described in
// the package documentation.
//
// When a pooled connection turns out to be dead or silent, or a response is not
// usable, the idle connections of Transport are closed, those to other hosts too. For
// that it must have the method CloseIdleConnections. A wrapper that hides the method,
// such as that of otelhttp, belongs in [WithMiddleware].
func WithHTTPClient(client *http.Client) Option {
	pool := newConnPool(client)
	return Option{func(c *config) {
		c.httpClient = pool
		c.transport = nil
	}}
}

func newConnPool(client *http.Client) *connPool {
	if client == nil {
		return nil
	}

	clone := *client
	if clone.Transport == nil {
		clone.Transport = http.DefaultTransport
	}
	return &connPool{Client: &clone}
}

// WithMiddleware adds functions that wrap the transport of every attempt, for
// tracing, metrics or a circuit breaker. They work over the default connection
// pool or that of [WithHTTPClient]. The first is outermost; a call's are inside
// the client's. The functions run in New, and again in a call with this option or
// WithHTTPClient, so keep state outside them. Neither a function nor what it
// returns may be nil. Default: none.
//
// A middleware sees each attempt and the request as it is sent, API key included.
// It may send the request again, with GetBody. It must not modify the request, but
// a clone; see [http.RoundTripper]. If it returns an error, that is the Err of an
// [apierrors.TransportError], unless the context or the attempt's timeout ended the
// attempt. Whether it is retried depends on [apierrors.Temporary].
func WithMiddleware(m ...func(next http.RoundTripper) http.RoundTripper) Option {
	m = slices.Clone(m)
	return Option{func(c *config) {
		c.middleware = slices.Concat(c.middleware, m)
		c.transport = nil
	}}
}

// WithTimeout limits one attempt, from the connection to the last byte of the
// body, [WithAPIKeyFunc] included. [RetryConfig].MaxElapsedTime and the context's
// deadline limit the whole call. d must be positive. Default: 15 s.
func WithTimeout(d time.Duration) Option {
	return Option{func(c *config) { c.timeout = d }}
}

// WithRetries sets the retry policy. [RetryConfig] says which values are valid.
// Default: [DefaultRetryConfig].
func WithRetries(retry RetryConfig) Option {
	retry.StatusCodes = slices.Clone(retry.StatusCodes)
	return Option{func(c *config) { c.retry = retry }}
}

// WithHeader adds a header to each request; a second use with the same key
// replaces the first. The value must be printable ASCII and not empty. Headers
// that the client sets itself, and those that control the connection or the
// encoding, are not valid. Default: none.
func WithHeader(key, value string) Option {
	key = http.CanonicalHeaderKey(key)
	return Option{func(c *config) {
		header := maps.Clone(c.header)
		if header == nil {
			header = http.Header{}
		}
		header[key] = []string{value}
		c.header = header
	}}
}

// WithUserAgent prepends product, such as "billing/2.1", to the User-Agent header.
// It must be printable ASCII and not empty. A second use replaces the first.
// Default: none.
func WithUserAgent(product string) Option {
	return Option{func(c *config) { c.userAgent = setting{product, "WithUserAgent"} }}
}

// WithLogger logs each attempt at level Debug and each retry at level Warn, with
// the method, host, path (without the base URL's prefix), attempt, status and
// request id, and with the duration of an attempt, or the backoff before a retry and
// the error that it follows. That error quotes the API's message and the start of its detail, which
// may contain the consumer id. No other part of a header or a body is logged.
// Default and nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return Option{func(c *config) { c.logger = l }}
}
