package facade

import (
	"math"
	"time"
)

// RetryConfig is a retry policy. Start from [DefaultRetryConfig] and change a
// field; RetryConfig{MaxAttempts: 1} switches retries off. Each wait is drawn at
// random between 10 ms, or InitialInterval if that is less, and the longest.
type RetryConfig struct {
	MaxAttempts           int           // attempts in all; 1 = no retry
	InitialInterval       time.Duration // longest wait before the second attempt; after a 429 it is 1 s if that is more
	MaxInterval           time.Duration // longest wait before any attempt, unless Retry-After asks for more
	Exponent              float64       // growth of the longest wait from one attempt to the next, 1 or more
	MaxElapsedTime        time.Duration // bounds a call whose context has no deadline; 0 = no bound
	RetryConnectionErrors bool          // also retry when no usable answer came
	StatusCodes           []int         // the statuses that are retried
}

// DefaultRetryConfig returns the default policy: 3 attempts, waits of up to
// 100 ms that double up to 5 s, 45 s in all, connection errors and the statuses
// 408, 429, 500, 502, 503 and 504.
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

func (c RetryConfig) validate() error {
	const field = "WithRetries"
	switch {
	case c.MaxAttempts < 1:
		return invalid(field, "MaxAttempts is %d; 1 means no retry", c.MaxAttempts)
	case c.MaxElapsedTime < 0:
		return invalid(field, "MaxElapsedTime is negative; 0 means no bound")
	case c.MaxAttempts == 1:
		return nil // the other fields have no use
	case c.InitialInterval <= 0:
		return invalid(field, "InitialInterval must be above 0; start from DefaultRetryConfig")
	case c.MaxInterval < c.InitialInterval:
		return invalid(field, "MaxInterval is below InitialInterval")
	case !(c.Exponent >= 1) || math.IsInf(c.Exponent, 0):
		return invalid(field, "Exponent must be 1 or more")
	}
	for _, code := range c.StatusCodes {
		if code < 400 || code > 599 {
			return invalid(field, "StatusCodes has %d; only 400 to 599 can be retried", code)
		}
	}
	return nil
}
