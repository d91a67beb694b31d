package facade

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// config is what the options set. A call has a copy of its client's.
type config struct {
	apiKey     func(context.Context) (string, error) // not a string, which fmt and slog would print
	appID      string
	consumerID string
	baseURL    baseURL
	insecure   bool
	timeout    time.Duration
	retry      RetryConfig
	header     http.Header  // never changed, only replaced
	logger     *slog.Logger // nil: no logging

	baseClient *http.Client // the caller's, or one with the client's own transport
	middleware []middleware
	transport  http.RoundTripper // made of the two above; nil if one of them changed
}

const defaultTimeout = 15 * time.Second

func defaultConfig() *config {
	return &config{
		timeout:    defaultTimeout,
		retry:      DefaultRetryConfig(),
		header:     defaultHeader(),
		baseClient: &http.Client{Transport: newTransport()},
	}
}

// apply overlays opts and returns every problem.
func (c *config) apply(opts []Option) []error {
	var problems []error
	for _, o := range opts {
		if o.apply == nil {
			continue
		}
		if err := o.apply(c, o.name); err != nil {
			problems = append(problems, err)
		}
	}
	if b := c.baseURL; b.url != "" && !b.secure && !c.insecure {
		problems = append(problems, invalid(b.source, "is plain http, which would send the API key unencrypted; "+
			"use https, or, in a network that you trust, WithInsecureHTTP or %s=1", EnvInsecureHTTP))
	}
	if c.transport == nil {
		var err error
		c.transport, err = wrap(c.baseClient, c.middleware)
		problems = append(problems, err)
	}
	return problems
}

// defaults returns the options that apply before opts: the URL of the contract,
// and the environment variables that are set and that opts does not override.
func defaults(opts []Option) []Option {
	set := []Option{WithBaseURL(gen.ServerURLProduction)}
	for _, v := range []struct {
		name   string
		option func(string) Option
	}{
		{EnvAPIKey, WithAPIKey}, {EnvAppID, WithAppID}, {EnvConsumerID, WithConsumerID},
		{EnvBaseURL, WithBaseURL}, {EnvInsecureHTTP, withInsecureHTTP},
	} {
		value := os.Getenv(v.name)
		if o := v.option(value); value != "" && !has(opts, o.name) {
			set = append(set, Option{v.name, o.apply})
		}
	}
	return set
}

func has(opts []Option, name string) bool {
	return slices.ContainsFunc(opts, func(o Option) bool { return o.name == name })
}

// withInsecureHTTP is WithInsecureHTTP with the value of EnvInsecureHTTP.
func withInsecureHTTP(value string) Option {
	return Option{"WithInsecureHTTP", func(c *config, source string) error {
		c.insecure = value == "1" || value == "true"
		return require(c.insecure || value == "0" || value == "false", source,
			`must be "1" or "true" to allow plain http, else "0", "false" or empty`)
	}}
}
