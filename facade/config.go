package facade

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// config is what the options set. A call has a copy of its client's and applies
// its own options to that.
type config struct {
	apiKey     checked[keyFunc]
	appID      checked[string]
	consumerID checked[string]
	baseURL    checked[baseURL]
	insecure   checked[bool]
	timeout    time.Duration
	retry      RetryConfig
	header     http.Header  // never changed, only replaced
	logger     *slog.Logger // nil: no logging

	baseClient *http.Client // the caller's, or one with the client's own transport
	middleware []func(next http.RoundTripper) http.RoundTripper
	transport  http.RoundTripper // made of the two above; nil if one of them changed

	problem error // of the options that no later one replaces, joined
}

// keyFunc returns the API key. A string would be printed by fmt and slog.
type keyFunc = func(context.Context) (string, error)

// checked is a value from an option or an environment variable, and what is
// wrong with it. An option replaces both. The zero checked means not set.
type checked[T any] struct {
	value   T
	problem error
}

const defaultTimeout = 15 * time.Second

// defaultConfig returns the defaults and what the environment sets.
func defaultConfig() *config {
	return &config{
		apiKey:     fromEnvironment(EnvAPIKey, parseKey),
		appID:      fromEnvironment(EnvAppID, parseID),
		consumerID: fromEnvironment(EnvConsumerID, parseID),
		baseURL:    check(parseBaseURL(EnvBaseURL, cmp.Or(os.Getenv(EnvBaseURL), gen.ServerURLProduction))),
		insecure:   fromEnvironment(EnvInsecureHTTP, parseInsecure),
		timeout:    defaultTimeout,
		retry:      DefaultRetryConfig(),
		header:     defaultHeader(),
		baseClient: &http.Client{Transport: newTransport()},
	}
}

func fromEnvironment[T any](name string, parse func(source, value string) (T, error)) (unset checked[T]) {
	if value := os.Getenv(name); value != "" {
		return check(parse(name, value))
	}
	return unset
}

func check[T any](value T, problem error) checked[T] { return checked[T]{value, problem} }

// apply applies opts and returns every problem.
func (c *config) apply(opts []Option) error {
	for _, o := range opts {
		if o.apply != nil {
			o.apply(c)
		}
	}
	if c.transport == nil {
		c.report(c.wrapTransport())
	}
	return errors.Join(c.problem, c.apiKey.problem, c.appID.problem, c.consumerID.problem,
		c.baseURL.problem, c.insecure.problem,
		require(c.baseURL.value.secure || c.insecure.value || c.baseURL.problem != nil, c.baseURL.value.source,
			"is plain http, which would send the API key unencrypted; "+
				"use https, or, in a network that you trust, WithInsecureHTTP or %s=1", EnvInsecureHTTP))
}

// report keeps the problem of an option, which may be nil.
func (c *config) report(problem error) { c.problem = errors.Join(c.problem, problem) }

func parseKey(source, key string) (keyFunc, error) {
	return func(context.Context) (string, error) { return key, nil }, checkAPIKey(source, key)
}

func parseID(source, id string) (string, error) { return id, checkID(source, id) }

func parseInsecure(source, value string) (bool, error) {
	allowed := value == "1" || value == "true"
	return allowed, require(allowed || value == "0" || value == "false", source,
		`must be "1" or "true" to allow plain http, else "0", "false" or empty`)
}
