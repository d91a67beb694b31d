package facade

import (
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// config holds the options of a client. A call applies its options to a copy of
// the client's config. Options only assign; validate checks.
type config struct {
	auth       auth
	appID      setting
	consumerID setting
	baseURL    setting
	insecure   setting
	userAgent  setting
	header     http.Header // of WithHeader; shared with calls, so it is replaced and never changed
	timeout    time.Duration
	retry      RetryConfig
	logger     *slog.Logger // nil: no logging

	httpClient *connPool
	middleware []func(next http.RoundTripper) http.RoundTripper

	// What validate resolves from the fields above.
	endpoint  endpoint
	transport http.RoundTripper // nil after httpClient or middleware has changed
}

// setting is a string and the option or environment variable that set it, for use
// in messages. The zero setting is not set.
type setting struct{ value, source string }

// check applies check to s, unless s is not set.
func (s setting) check(check func(field, value string) error) error {
	if s == (setting{}) {
		return nil
	}
	return check(s.source, s.value)
}

const defaultTimeout = 15 * time.Second

// defaultConfig returns the defaults and what the environment sets.
func defaultConfig() *config {
	cfg := &config{
		auth:       newAuth(fromEnvironment(EnvAPIKey)),
		appID:      fromEnvironment(EnvAppID),
		baseURL:    fromEnvironment(EnvBaseURL),
		insecure:   fromEnvironment(EnvInsecureHTTP),
		timeout:    defaultTimeout,
		retry:      DefaultRetryConfig(),
		httpClient: &connPool{Client: &http.Client{Transport: defaultTransport()}},
	}
	if cfg.baseURL == (setting{}) {
		cfg.baseURL = setting{gen.ServerURLProduction, "the default base URL"}
	}
	return cfg
}

// fromEnvironment returns the setting of a variable. An empty one is not set.
func fromEnvironment(name string) setting {
	value := os.Getenv(name)
	if value == "" {
		return setting{}
	}
	return setting{value, name}
}

// apply applies opts and validates the result.
func (c *config) apply(opts []Option) error {
	for _, o := range opts {
		if o.apply != nil {
			o.apply(c)
		}
	}
	return c.validate()
}

// validate returns every problem, joined, and resolves c.endpoint and c.transport. The
// consumer id may be missing: the operations that need one say so.
func (c *config) validate() error {
	allowHTTP, insecureErr := parseInsecure(c.insecure)

	return errors.Join( // without those that are nil
		c.auth.validate(),
		require(c.appID != (setting{}), "WithAppID", missing+EnvAppID),
		c.appID.check(checkID),
		c.consumerID.check(checkID),
		insecureErr,
		c.resolveBaseURL(allowHTTP),
		require(c.timeout > 0, "WithTimeout", "must be positive"),
		c.retry.validate(),
		checkHeaders(c.header),
		c.userAgent.check(checkText),
		c.resolveTransport(),
	)
}

// resolveBaseURL checks the base URL and sets c.endpoint, if the URL has changed.
func (c *config) resolveBaseURL(allowHTTP bool) error {
	if c.endpoint.setting != c.baseURL {
		base, err := parseBaseURL(c.baseURL)
		if err != nil {
			return err
		}
		c.endpoint = base
	}

	if !c.endpoint.secure && !allowHTTP {
		return invalid(c.baseURL.source, "must be https, because http sends the API key unencrypted; "+
			"in a network that you trust, use WithInsecureHTTP or set %s=1", EnvInsecureHTTP)
	}
	return nil
}

// resolveTransport checks the HTTP client and the middleware, and sets c.transport,
// if they have changed.
func (c *config) resolveTransport() error {
	if c.httpClient == nil {
		return invalid("WithHTTPClient", "must not be nil")
	}
	if c.transport != nil {
		return nil
	}

	transport, err := newChain(c.httpClient.Transport, c.middleware)
	c.transport = transport
	return err
}
