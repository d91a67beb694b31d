package facade

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// Environment variables that [New] reads. An option overrides its variable. An
// empty variable is like one that is not set.
const (
	EnvAPIKey       = "APIDECK_API_KEY"       // see [WithAPIKey]
	EnvAppID        = "APIDECK_APP_ID"        // see [WithAppID]
	EnvConsumerID   = "APIDECK_CONSUMER_ID"   // see [WithConsumerID]
	EnvBaseURL      = "APIDECK_BASE_URL"      // see [WithBaseURL]
	EnvInsecureHTTP = "APIDECK_INSECURE_HTTP" // "1" or "true" is [WithInsecureHTTP]; "0" or "false" is not
)

// Option configures a client, given to [New], or one call, given to
// [Sessions.Create]. A call's options override the client's for that
// call. The zero Option does nothing.
type Option struct{ apply func(*config) }

// WithAPIKey sets the API key, without "Bearer". Default: [EnvAPIKey].
func WithAPIKey(key string) Option {
	return Option{func(c *config) { c.apiKey = check(parseKey("WithAPIKey", key)) }}
}

// WithAPIKeyFunc sets a function that returns the API key, for keys that
// rotate. It is called once for each attempt, so that a retry after a rotation
// uses the new key, and must be safe for concurrent use. Its context has the
// attempt's deadline, and f must return when that is done: the call waits for
// it. If f returns an error, the call is not retried and returns a
// *TransportError with that error as its cause. If the key is not valid, the
// cause is a *ValidationError.
func WithAPIKeyFunc(f func(context.Context) (string, error)) Option {
	return Option{func(c *config) { c.apiKey = check(f, require(f != nil, "WithAPIKeyFunc", "must not be nil")) }}
}

// WithAppID sets the id of the Unify application. Default: [EnvAppID].
func WithAppID(id string) Option {
	return Option{func(c *config) { c.appID = check(parseID("WithAppID", id)) }}
}

// WithConsumerID sets the customer that the session is for, by the id that your
// own system uses. It is normally an option of the call. It must be 1 to 255
// printable ASCII bytes without a space at either end, a rule of this library:
// other values do not survive as a header. Default: [EnvConsumerID].
func WithConsumerID(id string) Option {
	return Option{func(c *config) { c.consumerID = check(parseID("WithConsumerID", id)) }}
}

// WithBaseURL sets where the API is: an https URL, or http to a loopback
// address. A path is kept as a prefix. Default: [EnvBaseURL], else
// https://unify.apideck.com.
func WithBaseURL(u string) Option {
	return Option{func(c *config) { c.baseURL = check(parseBaseURL("WithBaseURL", u)) }}
}

// WithInsecureHTTP allows [WithBaseURL] to be an http URL of any host. The API
// key, the session and the consumer's data then cross the network unencrypted.
// Default: not allowed, unless [EnvInsecureHTTP] says so.
func WithInsecureHTTP() Option {
	return Option{func(c *config) { c.insecure = check(true, nil) }}
}

// WithHTTPClient sets the client whose Transport sends the requests, for a proxy
// or a private CA. Its Timeout, if any, bounds one attempt too. Its Jar and
// CheckRedirect are not used: the API sets no cookies, and redirects are never
// followed. The client is copied, never changed. Default: a client with a
// connection pool of its own, described in the package documentation.
func WithHTTPClient(client *http.Client) Option {
	return Option{func(c *config) {
		c.report(require(client != nil, "WithHTTPClient", "is nil; leave the option out for the default client"))
		if client != nil {
			c.baseClient, c.transport = new(*client), nil
		}
	}}
}

// WithMiddleware adds functions that wrap the transport of every attempt, for
// tracing, metrics or a circuit breaker. They work over the default connection
// pool or that of [WithHTTPClient]. The first is outermost; a call's are inside
// the client's. New calls the functions, and so does a call that has this option
// or WithHTTPClient itself: keep state outside of them.
//
// A middleware sees the whole request, API key included, and each attempt, but
// no redirect, because none is followed. It must not change the request that it
// is given but a clone; see [http.RoundTripper]. Default: none.
func WithMiddleware(m ...func(next http.RoundTripper) http.RoundTripper) Option {
	return Option{func(c *config) { c.middleware, c.transport = slices.Concat(c.middleware, m), nil }}
}

// WithTimeout bounds one attempt, from the connection to the last byte of the
// body. The context, or else [RetryConfig].MaxElapsedTime, bounds the whole
// call. Default: 15 s.
func WithTimeout(d time.Duration) Option {
	return Option{func(c *config) {
		c.timeout = d
		c.report(require(d > 0, "WithTimeout", "must be positive; leave the option out for %v", defaultTimeout))
	}}
}

// WithRetries sets the retry policy. Default: [DefaultRetryConfig].
func WithRetries(retry RetryConfig) Option {
	retry.StatusCodes = slices.Clone(retry.StatusCodes)
	return Option{func(c *config) {
		c.retry = retry
		c.report(retry.validate())
	}}
}

// WithHeader adds a header to each request; a second use with the same key
// replaces the first. The headers that the client sets itself, and those that
// control the connection, cannot be set. Default: none.
func WithHeader(key, value string) Option {
	key = http.CanonicalHeaderKey(key)
	return Option{func(c *config) {
		c.setHeader(key, value)
		c.report(checkHeader(key, value))
	}}
}

// WithUserAgent puts product, such as "billing/2.1", before the client's own
// User-Agent. It must be printable ASCII. A second use replaces the first.
// Default: none.
func WithUserAgent(product string) Option {
	return Option{func(c *config) {
		c.setHeader("User-Agent", product+" "+userAgent)
		c.report(checkText("WithUserAgent", product))
	}}
}

// WithLogger logs each attempt at debug level and each retry at warning level:
// method, host, path (the contract's, without the base URL's prefix), status,
// attempt, duration, request id, backoff and, for a retry, the error of the
// attempt. That error quotes the API's message and the start of its detail, and
// so a consumer id that the API names there. Nothing else of a header or a body
// is logged. Default and nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return Option{func(c *config) { c.logger = l }}
}
