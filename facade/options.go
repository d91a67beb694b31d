package facade

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/gen"
)

// Environment variables that [New] reads for what no option gives. An empty
// variable counts as not set.
const (
	EnvAPIKey     = "APIDECK_API_KEY"     // see [WithAPIKey]
	EnvAppID      = "APIDECK_APP_ID"      // see [WithAppID]
	EnvConsumerID = "APIDECK_CONSUMER_ID" // see [WithConsumerID]
	EnvBaseURL    = "APIDECK_BASE_URL"    // see [WithBaseURL]
)

// Option is a setting of a client, given to [New], or of one call, given to
// [Sessions.Create]. A call's options overlay the client's for that call.
type Option struct {
	name  string // of the option; WithAPIKeyFunc has WithAPIKey's, for which it stands
	apply func(*settings) error
}

// settings is what the options set. The API key is in a closure: a string
// field would be printed by fmt and slog with whatever value holds it.
type settings struct {
	apiKey     func(context.Context) (string, error)
	keyFunc    bool // apiKey is the caller's, and may take its time
	appID      string
	consumerID string
	base       baseURL
	insecure   bool
	httpClient *http.Client // restricted, see transport.go
	timeout    time.Duration
	retry      RetryConfig
	header     http.Header  // of every request; never changed, only replaced
	logger     *slog.Logger // nil: no logging
}

func defaults() *settings {
	base, err := parseBaseURL("", gen.ServerURLProduction)
	if err != nil {
		panic(err) // cannot be: it is the contract's own URL, and New would fail in every test
	}
	return &settings{base: base, timeout: 15 * time.Second, retry: DefaultRetryConfig(), header: ownHeader()}
}

// apply overlays opts and returns every problem.
func (s *settings) apply(opts []Option) (problems []error) {
	for _, o := range opts {
		if o.apply == nil {
			continue
		}
		if err := o.apply(s); err != nil {
			problems = append(problems, err)
		}
	}
	if s.base.needsInsecure() && !s.insecure {
		problems = append(problems, invalid("WithBaseURL",
			"(or %s) is plain http, which would send the API key in clear; use https, or WithInsecureHTTP if the network is trusted", EnvBaseURL))
	}
	return problems
}

// applyEnvironment sets what no option sets, and returns what is then missing
// and every problem with a variable.
func (s *settings) applyEnvironment(opts []Option) (problems []error) {
	for _, v := range []struct {
		variable string
		option   func(string) Option
		required bool
	}{
		{EnvAPIKey, WithAPIKey, true},
		{EnvAppID, WithAppID, true},
		{EnvConsumerID, WithConsumerID, false},
		{EnvBaseURL, WithBaseURL, false},
	} {
		value := os.Getenv(v.variable)
		o := v.option(value)
		given := slices.ContainsFunc(opts, func(other Option) bool { return other.name == o.name })
		switch {
		case given:
		case value != "":
			if problem, ok := errors.AsType[*apierrors.ValidationError](o.apply(s)); ok {
				problem.Field = v.variable
				problems = append(problems, problem)
			}
		case v.required:
			problems = append(problems, invalid(o.name, "is missing; use %s or set %s", o.name, v.variable))
		}
	}
	return problems
}

// WithAPIKey sets the API key, without "Bearer". Default: [EnvAPIKey].
func WithAPIKey(key string) Option {
	return Option{"WithAPIKey", func(s *settings) error {
		s.apiKey, s.keyFunc = func(context.Context) (string, error) { return key, nil }, false
		return checkAPIKey("WithAPIKey", key)
	}}
}

// WithAPIKeyFunc sets a function that returns the API key, for keys that
// rotate. It is called once for each attempt, so a retry after a rotation uses
// the new key, and must be safe for concurrent use. Its context ends with the
// attempt's time. Its error ends the call as the cause of a *TransportError; a
// key that cannot be sent is a *ValidationError when nothing was sent before.
func WithAPIKeyFunc(f func(context.Context) (string, error)) Option {
	return Option{"WithAPIKey", func(s *settings) error {
		if f == nil {
			return invalid("WithAPIKeyFunc", "is nil; give a function that returns the key")
		}
		s.apiKey, s.keyFunc = f, true
		return nil
	}}
}

// WithAppID sets the id of the Unify application. Default: [EnvAppID].
func WithAppID(id string) Option {
	return Option{"WithAppID", func(s *settings) error {
		s.appID = id
		return checkID("WithAppID", id)
	}}
}

// WithConsumerID sets the customer that the session is for, by the id that
// your own system uses: 1 to 255 printable ASCII bytes. The normal use is one
// per call. Default: [EnvConsumerID].
func WithConsumerID(id string) Option {
	return Option{"WithConsumerID", func(s *settings) error {
		s.consumerID = id
		return checkID("WithConsumerID", id)
	}}
}

// WithBaseURL sets where the API is: an https URL, or http to a loopback
// address. A path is kept as a prefix. Default: [EnvBaseURL], else
// https://unify.apideck.com.
func WithBaseURL(u string) Option {
	return Option{"WithBaseURL", func(s *settings) (err error) {
		s.base, err = parseBaseURL("WithBaseURL", u)
		return err
	}}
}

// WithInsecureHTTP allows [WithBaseURL] to name an http URL of another host.
// The API key, the session and the consumer's data then cross the network in
// clear. Default: refused.
func WithInsecureHTTP() Option {
	return Option{"WithInsecureHTTP", func(s *settings) error {
		s.insecure = true
		return nil
	}}
}

// WithHTTPClient sets the client that sends the requests, for a proxy, a
// tracing transport or a private CA. It is copied, never changed; the copy does
// not follow redirects. Its Timeout bounds one attempt. Default: a client with
// a connection pool of its own, described in the package documentation.
func WithHTTPClient(c *http.Client) Option {
	return Option{"WithHTTPClient", func(s *settings) error {
		if c == nil {
			return invalid("WithHTTPClient", "is nil; leave the option out for the default client")
		}
		s.httpClient = restrict(c)
		return nil
	}}
}

// WithTimeout bounds one attempt, from the connection to the last byte of the
// body. The context, or else [RetryConfig.MaxElapsedTime], bounds the whole
// call. Default: 15 s.
func WithTimeout(d time.Duration) Option {
	return Option{"WithTimeout", func(s *settings) error {
		s.timeout = d
		if d <= 0 {
			return invalid("WithTimeout", "must be above 0; leave the option out for 15s")
		}
		return nil
	}}
}

// WithRetries sets the retry policy. Default: [DefaultRetryConfig].
func WithRetries(c RetryConfig) Option {
	c.StatusCodes = slices.Clone(c.StatusCodes)
	return Option{"WithRetries", func(s *settings) error {
		s.retry = c
		return c.validate()
	}}
}

// WithHeader adds a header to each request; a second use with the same key
// replaces the first. The headers that the client sets itself, and those that
// govern the connection, cannot be set.
func WithHeader(key, value string) Option {
	return Option{"WithHeader", func(s *settings) error {
		key, err := checkHeader(key, value)
		if err != nil {
			return err
		}
		s.setHeader(key, value)
		return nil
	}}
}

// WithUserAgent puts product, such as "billing/2.1", in front of the client's
// own User-Agent: printable ASCII. A second use replaces the first.
func WithUserAgent(product string) Option {
	return Option{"WithUserAgent", func(s *settings) error {
		s.setHeader("User-Agent", product+" "+ownUserAgent)
		return checkText("WithUserAgent", product)
	}}
}

// WithLogger logs each attempt at debug level and each retry at warning level:
// method, host, path (the contract's, without the base URL's prefix), status,
// attempt, duration, request id and wait. Headers, bodies and ids of consumers
// are never logged. Default and nil: no logging.
func WithLogger(l *slog.Logger) Option {
	return Option{"WithLogger", func(s *settings) error {
		s.logger = l
		return nil
	}}
}
