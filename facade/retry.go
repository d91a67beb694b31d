package facade

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Do implements the generated client's HttpRequestDoer. It makes attempts until one
// succeeds, one ends the call, or decide stops. The response has been decoded, and
// the error is one of package errors.
func (c *call) Do(template *http.Request) (*http.Response, error) {
	ctx := template.Context()
	var previous error                    // of the attempt before
	refund, earned := 0.0, firstTryRefund // what the budget gets back, and after a success
	defer func() { c.budget.give(refund) }()
	for {
		resp, err := c.attempt(template)
		if err == nil {
			refund = earned
			return resp, nil
		}
		if stopped, ok := err.(stoppedError); ok {
			if ctx.Err() == context.DeadlineExceeded {
				refund = 0 // a timeout is a failure; only a cancellation is free
			}
			return nil, c.stopped(stopped.error, previous)
		}
		refund = 0
		backoff := c.decide(err)
		if backoff == 0 {
			return nil, err
		}
		refund, earned = 1, 1 // unless the retry fails
		c.log(ctx, slog.LevelWarn, "apideck: retry", resp,
			slog.Duration("backoff", backoff), slog.String("error", err.Error()))
		select {
		case <-time.After(backoff):
		case <-ctx.Done(): // reported by the next attempt
		}
		previous = err
	}
}

// decide returns the backoff before the next attempt, or 0 to stop. It takes the
// retry from the budget. If it stops on a retryable error before MaxAttempts, it
// sets NotRetried.
func (c *call) decide(err error) time.Duration {
	if c.attempts >= c.retry.MaxAttempts || !c.retry.retryable(err) {
		return 0
	}
	backoff, hint := c.retry.backoff(c.attempts, err)
	reason := ""
	switch {
	case hint > maxRetryAfter:
		reason = fmt.Sprintf("Retry-After is above %v", maxRetryAfter)
	case backoff >= time.Until(c.deadline):
		reason = "the backoff exceeds the deadline"
	case !c.budget.take():
		reason = "the retry budget is empty"
	default:
		return backoff
	}
	switch err := err.(type) {
	case *apierrors.APIError:
		err.NotRetried = reason
	case *apierrors.TransportError:
		err.NotRetried = reason
	}
	return 0
}

// stoppedError is the error of an attempt that ends the call: it was not sent, or
// the context was done.
type stoppedError struct{ error }

// stopped returns the error of a call that cause has ended. It also wraps the error
// of the previous attempt, if there was one.
func (c *call) stopped(cause, previous error) error {
	if previous != nil {
		cause = fmt.Errorf("%w; previous attempt: %w", cause, previous)
	}
	return &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: cause}
}

// contextError returns ctx.Err, wrapping the context's cause if there is one.
func contextError(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}
