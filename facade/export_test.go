package facade

import (
	"math"
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

// Backoff returns the delay after the given attempt, counted from 1.
func Backoff(policy RetryConfig, attempt int, err error) time.Duration {
	return policy.backoff(attempt-1, err)
}

// Decide returns what a call of policy decides after the given attempt.
func Decide(policy RetryConfig, attempt int, err error) (backoff time.Duration, ok bool) {
	policy.MaxAttempts = math.MaxInt
	c := &call{config: config{retry: policy}, budget: newBudget(), deadline: time.Now().Add(time.Hour)}
	return c.decide(attempt-1, err)
}

// RetriesLeft returns how many retries the budget of c holds.
func RetriesLeft(c *Client) float64 { return c.budget.retries }

// SetRetriesLeft makes the budget of c hold n retries.
func SetRetriesLeft(c *Client, n float64) { c.budget.retries = n }
