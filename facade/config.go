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

// config holds the settings of a client. Each call applies its options to a copy.
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

	httpClient *http.Client // the caller's, or one with the client's own transport
	middleware []func(next http.RoundTripper) http.RoundTripper
	transport  http.RoundTripper // of the two above; nil after one of them has changed

	problems error // that a later option does not clear, joined
}

// keyFunc returns the API key. It is a function so that fmt and slog cannot print
// the key.
type keyFunc = func(context.Context) (string, error)

// checked is the value of an option or an environment variable, and the error of
// its validation. An option replaces both. The zero checked means not set.
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
		baseURL:    newChecked(parseBaseURL(EnvBaseURL, cmp.Or(os.Getenv(EnvBaseURL), gen.ServerURLProduction))),
		insecure:   fromEnvironment(EnvInsecureHTTP, parseInsecure),
		timeout:    defaultTimeout,
		retry:      DefaultRetryConfig(),
		header:     defaultHeader(),
		httpClient: &http.Client{Transport: newTransport()},
	}
}

func fromEnvironment[T any](name string, parse func(source, value string) (T, error)) (unset checked[T]) {
	if value := os.Getenv(name); value != "" {
		return newChecked(parse(name, value))
	}
	return unset
}

func newChecked[T any](value T, problem error) checked[T] { return checked[T]{value, problem} }

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
	return errors.Join(c.problems, c.apiKey.problem, c.appID.problem, c.consumerID.problem,
		c.baseURL.problem, c.insecure.problem,
		require(c.baseURL.value.secure || c.insecure.value || c.baseURL.problem != nil, c.baseURL.value.source,
			"must be https, because http sends the API key unencrypted; "+
				"in a network that you trust, use WithInsecureHTTP or set %s=1", EnvInsecureHTTP))
}

// report keeps the problem of an option, which may be nil.
func (c *config) report(problem error) { c.problems = errors.Join(c.problems, problem) }

func parseKey(source, key string) (keyFunc, error) {
	return func(context.Context) (string, error) { return key, nil }, checkAPIKey(source, key)
}

func parseID(source, id string) (string, error) { return id, checkID(source, id) }

func parseInsecure(source, value string) (bool, error) {
	allowed := value == "1" || value == "true"
	return allowed, require(allowed || value == "0" || value == "false", source, `must be "1", "true", "0" or "false"`)
}
