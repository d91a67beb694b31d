package facade

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Do implements the generated client's HttpRequestDoer: it makes attempts until
// one succeeds or another would not help. The response that it returns has been
// decoded, and its errors are those of package errors.
func (c *call) Do(template *http.Request) (*http.Response, error) {
	ctx := template.Context()
	if deadline, ok := ctx.Deadline(); ok {
		c.deadline = deadline
	}
	var last error // why the attempt before this one failed
	refund := 0.0  // what the budget gets back, also after a panic of a caller's function
	defer func() { c.budget.give(refund) }()
	for {
		resp, err := c.attempt(template)
		if err == nil {
			if last == nil {
				refund = firstTry
			}
			return resp, nil
		}
		if stopped, ok := err.(stoppedError); ok {
			if ctx.Err() == context.DeadlineExceeded {
				refund = 0
			}
			return nil, c.stopped(stopped.error, last)
		}
		refund = 0
		backoff := c.decide(err)
		if backoff == 0 {
			return nil, err
		}
		refund = 1 // unless the retry fails
		c.log(ctx, slog.LevelWarn, "apideck: retry", resp,
			slog.Duration("backoff", backoff), slog.String("error", err.Error()))
		select {
		case <-time.After(backoff):
		case <-ctx.Done(): // the next attempt reports it
		}
		last = err
	}
}

// decide returns the backoff before the next attempt, which takes a retry from
// the budget, or 0. If another attempt might have helped, err gets the reason
// why there is none.
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
		reason = "no time left before the deadline"
	case !c.budget.take():
		reason = "the retry budget is spent"
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

// stoppedError is the error of an attempt that was not sent, or that ended with
// the context. It ends the call.
type stoppedError struct{ error }

// stopped is the error of a call that ended for the given cause. It has the
// failure of the attempt before, too, unless last is nil.
func (c *call) stopped(cause, last error) error {
	if last != nil {
		cause = fmt.Errorf("%w; last failure: %w", cause, last)
	}
	return &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: cause}
}

// contextError returns ctx.Err, with the cause if one was given.
func contextError(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}
