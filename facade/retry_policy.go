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
// field; RetryConfig{MaxAttempts: 1} turns retries off. The backoff is random:
// between 10 ms, or InitialInterval if that is shorter, and its ceiling, which
// grows from one attempt to the next.
type RetryConfig struct {
	MaxAttempts           int           // attempts in all; 1 = no retry
	InitialInterval       time.Duration // ceiling of the first backoff; at least 1 s after a 429
	MaxInterval           time.Duration // ceiling of every backoff; a Retry-After comes on top
	Exponent              float64       // growth of the ceiling, 1 or more
	MaxElapsedTime        time.Duration // bounds a call whose context has no deadline; 0 = no bound
	RetryConnectionErrors bool          // also retry when there is no complete response
	StatusCodes           []int         // the statuses that are retried
}

// DefaultRetryConfig returns the default policy: 3 attempts, backoff ceilings
// of 100 ms that double up to 5 s, 45 s in all, connection errors and the
// statuses 408, 429, 500, 502, 503 and 504.
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
	minBackoff        = 10 * time.Millisecond // so that jitter never means at once
	rateLimitInterval = time.Second           // least InitialInterval after a 429
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

// transient reports whether another attempt may succeed after an error of
// net/http. It lists the permanent ones; any other may be temporary.
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
		strings.Contains(text, "headers exceeded"), // HTTP/1
		strings.Contains(text, "header list"),      // HTTP/2
		strings.Contains(text, "PROTOCOL_ERROR"):   // HTTP/2, far above
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
	once := c.MaxAttempts <= 1 // no backoff, so its fields do not matter
	outside := func(code int) bool { return code < 400 || code > 599 }
	return errors.Join(
		require(c.MaxAttempts >= 1, field, "MaxAttempts is %d; 1 means no retry", c.MaxAttempts),
		require(c.MaxElapsedTime >= 0, field, "MaxElapsedTime is negative; 0 means no bound"),
		require(once || 0 < c.InitialInterval && c.InitialInterval <= c.MaxInterval, field,
			"InitialInterval must be positive and not above MaxInterval; see DefaultRetryConfig"),
		require(once || c.Exponent >= 1 && !math.IsInf(c.Exponent, 0), field, "Exponent must be 1 or more"),
		require(!slices.ContainsFunc(c.StatusCodes, outside), field, "StatusCodes must be from 400 to 599"))
}
