package facade

import (
	"context"
	"net/http"
	"time"
)

// What the tests of package facade_test cannot reach through the public names.

const (
	MaxResponseBody = maxResponseBody
	MaxRetryAfter   = maxRetryAfter
	MinBackoff      = minBackoff
	RedactedKey     = redactedKey
	BudgetCapacity  = budgetCapacity
)

var DefaultTransport = newTransport

// Backoff returns the delay after the given attempt, or stop.
func Backoff(policy RetryConfig, attempt int, err error) (delay time.Duration, stop bool) {
	delay, hint := policy.backoff(attempt, err)
	return delay, hint > maxRetryAfter
}

// RetriesLeft returns how many retries the budget of c holds.
func RetriesLeft(c *Client) float64 { return c.budget.retries }

// SetRetriesLeft makes the budget of c hold n retries.
func SetRetriesLeft(c *Client, n float64) { c.budget.retries = n }

// AttemptAndCall returns a function that makes one attempt of c, and one that
// makes the same attempt in the retry loop.
func AttemptAndCall(c *Client) (attempt, call func() error) {
	one, err := c.newCall(context.Background(), "POST /vault/sessions", new(struct{}), nil)
	if err != nil {
		panic(err)
	}
	req, err := http.NewRequest(http.MethodPost, one.baseURL.value.url, nil)
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
		return err
	}
	return attempt, call
}
