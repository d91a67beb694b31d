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
	var last error      // why the attempt before this one failed
	holdsToken := false // a retry gives its token back unless it fails
	defer func() {
		if holdsToken {
			c.budget.give(token)
		}
	}()
	for {
		resp, err := c.attempt(template)
		if err == nil {
			if last == nil {
				c.budget.give(token / 10)
			}
			return resp, nil
		}
		if stopped, ok := err.(stoppedError); ok {
			holdsToken = holdsToken && ctx.Err() != context.DeadlineExceeded
			return nil, c.stopped(stopped.error, last)
		}
		holdsToken = false
		backoff, reason := c.decide(ctx, err)
		if backoff == 0 {
			return nil, notRetried(err, reason)
		}
		holdsToken = true
		c.log(ctx, slog.LevelWarn, "apideck: retry", resp,
			slog.Duration("backoff", backoff), slog.String("error", err.Error()))
		timer := time.NewTimer(backoff)
		select {
		case <-timer.C:
			last = err
		case <-ctx.Done():
			timer.Stop()
			return nil, c.stopped(fmt.Errorf("%w while waiting to retry", contextError(ctx)), err)
		}
	}
}

// decide returns the backoff before the next attempt, which takes a token of the
// budget, or 0 and, if another attempt might have helped, why there is none.
func (c *call) decide(ctx context.Context, err error) (backoff time.Duration, reason string) {
	if c.attempts >= c.retry.MaxAttempts || !c.retry.retryable(err) {
		return 0, ""
	}
	backoff, hint := c.retry.backoff(c.attempts, err)
	switch {
	case hint > maxRetryAfter:
		return 0, fmt.Sprintf("Retry-After is above %v", maxRetryAfter)
	case backoff >= c.remaining(ctx):
		return 0, "no time left before the deadline"
	case !c.budget.take():
		return 0, "the retry budget is spent"
	}
	return backoff, ""
}

// notRetried adds the reason to the error of the last attempt.
func notRetried(err error, reason string) error {
	switch err := err.(type) {
	case *apierrors.APIError:
		err.NotRetried = reason
	case *apierrors.TransportError:
		err.NotRetried = reason
	}
	return err
}

// stoppedError is the error of an attempt that was not sent, or that ended with
// the context. It ends the call.
type stoppedError struct{ error }

// stopped is the error of a call that ended for the given cause before its last
// attempt. It has the failure of the attempt before, too, unless last is nil.
func (c *call) stopped(cause, last error) error {
	if last != nil {
		cause = fmt.Errorf("%w; last failure: %w", cause, last)
	} else if _, invalid := cause.(*apierrors.ValidationError); invalid {
		return cause
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
