package facade

import (
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// RetryConfig is a retry policy. Start from [DefaultRetryConfig] and change a
// field; RetryConfig{MaxAttempts: 1} turns retries off, and with them the limit of
// MaxElapsedTime. The backoff is random: between 10 ms, or InitialInterval if that
// is shorter, and its ceiling, which grows from one attempt to the next.
type RetryConfig struct {
	MaxAttempts           int           // attempts in all, at least 1, which is no retry
	InitialInterval       time.Duration // ceiling of the first backoff, positive; 1 s after a 429 if that is more
	MaxInterval           time.Duration // ceiling of every backoff; a Retry-After comes on top
	Exponent              float64       // factor by which the ceiling grows, at least 1
	MaxElapsedTime        time.Duration // limits a call whose context has no deadline; 0 means no limit
	RetryConnectionErrors bool          // also retry when there is no complete response
	StatusCodes           []int         // the statuses that are retried, from 400 to 599; nil means none
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
	rateLimitInterval = time.Second           // minimum InitialInterval after a 429
	maxRetryAfter     = 30 * time.Second      // a longer Retry-After ends the call
)

// retryable reports whether another attempt may succeed after err.
func (c RetryConfig) retryable(err error) bool {
	switch err := err.(type) {
	case *apierrors.APIError:
		return slices.Contains(c.StatusCodes, err.StatusCode)
	case *apierrors.TransportError:
		return c.RetryConnectionErrors && transient(err.Err)
	}
	return false
}

// transient reports whether an error of net/http may be temporary. It lists the
// permanent ones.
func transient(err error) bool {
	dns, _ := errors.AsType[*net.DNSError](err)
	certificate, _ := errors.AsType[*tls.CertificateVerificationError](err)
	op, _ := errors.AsType[*net.OpError](err)
	proxy, _ := errors.AsType[proxyError](err)
	text := err.Error()
	switch {
	case dns != nil && dns.IsNotFound,
		certificate != nil,
		op != nil && op.Op == "remote error", // a TLS alert of the server: no common version, or no client certificate
		0 < proxy && proxy < 500,
		errors.Is(err, http.ErrSchemeMismatch),
		errors.Is(err, errNoResponse),
		// Headers above MaxResponseHeaderBytes; net/http has no types for them.
		strings.Contains(text, "headers exceeded"),                 // HTTP/1
		strings.Contains(text, "header list"),                      // HTTP/2
		strings.Contains(text, "connection error: PROTOCOL_ERROR"): // HTTP/2, far above
		return false
	}
	return true
}

// backoff returns the delay after the given attempt, counted from 1, and the
// API's Retry-After, which is part of the delay.
func (c RetryConfig) backoff(attempt int, err error) (delay, hint time.Duration) {
	interval := c.InitialInterval
	if api, ok := err.(*apierrors.APIError); ok {
		hint = api.RetryAfter
		if api.StatusCode == http.StatusTooManyRequests {
			interval = max(interval, rateLimitInterval)
		}
	}
	ceiling := min(float64(interval)*math.Pow(c.Exponent, float64(attempt-1)), float64(c.MaxInterval))
	floor := min(minBackoff, c.InitialInterval)
	jittered := floor + time.Duration(rand.Float64()*(ceiling-float64(floor)))
	// On top of the hint, so that a fleet does not come back all at once.
	return min(hint, maxRetryAfter) + jittered, hint
}

func (c RetryConfig) validate() error {
	const field = "WithRetries"
	once := c.MaxAttempts <= 1 // without a backoff
	outside := func(code int) bool { return code < 400 || code > 599 }
	return errors.Join(
		require(c.MaxAttempts >= 1, field, "MaxAttempts must be at least 1, which means no retry"),
		require(c.MaxElapsedTime >= 0, field, "MaxElapsedTime must not be negative; 0 means no limit"),
		require(once || 0 < c.InitialInterval && c.InitialInterval <= c.MaxInterval, field,
			"InitialInterval must be positive and at most MaxInterval; see DefaultRetryConfig"),
		require(once || c.Exponent >= 1 && !math.IsInf(c.Exponent, 0), field, "Exponent must be finite and at least 1"),
		require(!slices.ContainsFunc(c.StatusCodes, outside), field, "StatusCodes must be from 400 to 599"))
}
