package facade

import (
	"context"
	"testing"
	"time"
)

func TestSessionsCreate_Deadline(t *testing.T) {
	late := respond(503, "", "Retry-After", "2")
	const s2, minute = 2 * time.Second, time.Minute
	hopeless := anAPIError(503, 1)
	hopeless.says = "not retried: the backoff exceeds the deadline"
	tests := []struct {
		name                string
		maxElapsed, context time.Duration
		step                roundTripFunc
		want                outcome
		took                span
	}{
		{"row 98 MaxElapsedTime", s2, minute, hang, aTransportError(1, "MaxElapsedTime has passed"), atOnce.after(s2)},
		{"row 98 the context", minute, s2, hang, aTransportError(1, "context deadline exceeded"), atOnce.after(s2)},
		{"row 52 MaxElapsedTime", s2, minute, late, hopeless, atOnce},
		{"row 52 the context", minute, s2, late, hopeless, atOnce},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), test.context)
			defer cancel()
			c := newClient(t, newScript(t, test.step).option(),
				withRetries(func(c *RetryConfig) { c.MaxElapsedTime = test.maxElapsed }))
			start := time.Now()
			test.want.checkContext(ctx, t, c)
			test.took.check(t, start)
			checkBudget(t, c, budgetCapacity)
		})
	}
}
