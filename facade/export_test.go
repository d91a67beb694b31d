package facade

import (
	"net/http"
	"time"
)

// What the tests of package facade_test cannot reach through the public names.

const (
	MaxResponseBody = maxResponseBody
	MaxRetryAfter   = maxRetryAfter
	MinBackoff      = minWait
	RedactedKey     = keyMask
	BudgetCapacity  = budgetCapacity / budgetRetry // in retries
)

var (
	DefaultTransport = defaultTransport
	RetryAfter       = retryAfter
)

// Backoff returns the delay after the given attempt, or stop.
func Backoff(policy RetryConfig, attempt int, err error) (delay time.Duration, stop bool) {
	c := &call{settings: settings{retry: policy}, attempts: attempt}
	return c.wait(err)
}

// RetriesLeft returns how many retries the budget of c holds.
func RetriesLeft(c *Client) float64 { return float64(c.budget.tenths.Load()) / budgetRetry }

// SetRetriesLeft makes the budget of c hold n retries.
func SetRetriesLeft(c *Client, n float64) { c.budget.tenths.Store(int64(n * budgetRetry)) }

// AttemptAndCall returns a function that makes one attempt of c, and one that
// makes the same attempt in the retry loop.
func AttemptAndCall(c *Client) (attempt, call func() error) {
	one, err := c.newCall("POST /vault/sessions", nil)
	if err != nil {
		panic(err)
	}
	req, err := http.NewRequest(http.MethodPost, one.base.url, nil)
	if err != nil {
		panic(err)
	}
	attempt = func() error {
		one.attempts = 1
		_, err := one.attempt(req)
		return err
	}
	call = func() error {
		one.attempts = 0
		_, err := one.Do(req)
		one.budget.succeeded(one.attempts)
		return err
	}
	return attempt, call
}
