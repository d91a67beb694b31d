package facade

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// RetryConfig is a retry policy. Start from [DefaultRetryConfig] and change a
// field. RetryConfig{MaxAttempts: 1} turns retries off; as its MaxElapsedTime is
// zero, only [WithTimeout] and the context limit such a call.
//
// The backoff between two attempts is random. It is at least 10 ms, or
// InitialInterval if that is shorter, and at most a ceiling that grows from one
// attempt to the next.
type RetryConfig struct {
	// MaxAttempts limits the attempts of a call. 1 means no retry. Not counted is a
	// request that is sent again because a pooled connection was lost: at most once in
	// a call, even if MaxAttempts is 1.
	MaxAttempts int

	// InitialInterval is the ceiling of the first backoff, and must be positive. After
	// a 429 without Retry-After, or with 0, the ceiling starts at 1 s or more, within
	// MaxInterval.
	InitialInterval time.Duration

	// MaxInterval is the ceiling of every backoff, at least InitialInterval. A
	// Retry-After is added to the backoff.
	MaxInterval time.Duration

	// Exponent is the factor by which the ceiling grows, at least 1.
	Exponent float64

	// MaxElapsedTime limits the whole call, as the context's deadline does; the
	// earlier one counts. 0 means no limit.
	MaxElapsedTime time.Duration

	// RetryConnectionErrors allows retries when there is no complete response.
	RetryConnectionErrors bool

	// StatusCodes are the statuses that are retried, from 400 to 599.
	StatusCodes []int
}

// DefaultRetryConfig returns the default policy, which the package documentation
// describes.
func DefaultRetryConfig() RetryConfig {
	return RetryConfig{
		MaxAttempts:           3,
		InitialInterval:       100 * time.Millisecond,
		MaxInterval:           5 * time.Second,
		Exponent:              2,
		MaxElapsedTime:        45 * time.Second,
		RetryConnectionErrors: true,
		StatusCodes:           []int{408, 429, 500, 502, 503, 504},
	}
}

const (
	minBackoff        = 10 * time.Millisecond // so that no backoff is near zero
	rateLimitInterval = time.Second           // minimum InitialInterval after a 429 that does not say how long to wait
	maxRetryAfter     = 30 * time.Second      // a longer Retry-After ends the call
)

// retryable reports whether another attempt may succeed after err.
func (c RetryConfig) retryable(err error) bool {
	switch err := err.(type) {
	case *apierrors.APIError:
		return slices.Contains(c.StatusCodes, err.StatusCode)
	case *apierrors.TransportError:
		return c.RetryConnectionErrors && apierrors.Temporary(err)
	}
	return false
}

// backoff returns a random delay before the next retry, after the given number of
// earlier retries.
func (c RetryConfig) backoff(retries int, err error) time.Duration {
	interval := c.InitialInterval
	if isRateLimitWithoutHint(err) {
		interval = max(interval, rateLimitInterval)
	}

	grown := float64(interval) * math.Pow(c.Exponent, float64(retries))
	ceiling := min(grown, float64(c.MaxInterval))
	floor := float64(min(minBackoff, c.InitialInterval))
	return time.Duration(floor + rand.Float64()*(ceiling-floor))
}

// isRateLimitWithoutHint reports whether err is a 429 that does not say how long to
// wait.
func isRateLimitWithoutHint(err error) bool {
	api, ok := err.(*apierrors.APIError)
	if !ok || api.StatusCode != http.StatusTooManyRequests {
		return false
	}
	return api.RetryAfter == 0
}

func (c RetryConfig) validate() error {
	must := func(ok bool, reason string) error { return require(ok, "WithRetries", reason) }

	err := errors.Join(
		must(c.MaxAttempts >= 1, "MaxAttempts must be at least 1, which means no retry"),
		must(c.MaxElapsedTime >= 0, "MaxElapsedTime must not be negative; 0 means no limit"),
		must(!slices.ContainsFunc(c.StatusCodes, isNotErrorStatus), "StatusCodes must be from 400 to 599"),
	)
	if c.MaxAttempts <= 1 { // there is no backoff
		return err
	}

	return errors.Join(
		err,
		must(c.InitialInterval > 0, "InitialInterval must be positive; see DefaultRetryConfig"),
		must(c.MaxInterval >= c.InitialInterval, "MaxInterval must be at least InitialInterval"),
		must(c.Exponent >= 1 && !math.IsInf(c.Exponent, 1), "Exponent must be finite and at least 1"),
		must(len(c.StatusCodes) > 0 || c.RetryConnectionErrors,
			"nothing would be retried; set StatusCodes or RetryConnectionErrors, or start from DefaultRetryConfig"),
	)
}

func isNotErrorStatus(code int) bool { return code < 400 || code > 599 }
