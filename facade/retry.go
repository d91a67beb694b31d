package facade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Do implements the generated client's HttpRequestDoer: it makes attempts until
// one succeeds or another would not help. Its errors are those of package
// errors, and a response that it returns has been read into c.body.
func (c *call) Do(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	var last error
	for {
		c.attempts++
		resp, err := c.attempt(req)
		if err == nil {
			return resp, nil // the budget hears of it when the body holds a session
		}
		if ctx.Err() != nil {
			return nil, c.interrupted(ctx, err, last)
		}
		if c.attempts >= c.retry.MaxAttempts || !c.retryable(err) {
			return nil, c.failed(err, "")
		}
		wait, tooLong := c.wait(err)
		switch {
		case tooLong:
			return nil, c.failed(err, fmt.Sprintf("Retry-After is above %v", maxRetryAfter))
		case wait >= c.remaining(ctx):
			return nil, c.failed(err, "no time left before the deadline")
		case !c.budget.take():
			return nil, c.failed(err, "retry budget spent")
		}
		c.logRetry(req, err, wait)
		if !sleep(ctx, wait) {
			c.budget.refund()
			return nil, c.noAnswer(fmt.Errorf("%w while waiting to retry", contextError(ctx)), err)
		}
		last = err
		if req, err = c.again(req, last); err != nil {
			c.budget.refund()
			return nil, err
		}
	}
}

// again prepares req for one more attempt: the same bytes, headers of its own,
// and a key that may have been rotated since.
func (c *call) again(req *http.Request, last error) (*http.Request, error) {
	next := req.Clone(req.Context())
	next.Header.Del("Cookie") // a cookie jar adds its own to each attempt
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, c.noAnswer(err, last)
		}
		next.Body = body
	}
	err := c.setHeaders(next.Context(), next) // a Cookie of WithHeader comes back
	if err == nil {
		err = c.authorize(next.Context(), next)
	}
	if _, bad := errors.AsType[*apierrors.ValidationError](err); bad {
		err = errors.New(err.Error()) // that type says that nothing was sent
	}
	if err != nil {
		return nil, c.noAnswer(err, last)
	}
	return next, nil
}

func (c *call) retryable(err error) bool {
	switch err := err.(type) {
	case *apierrors.APIError:
		return slices.Contains(c.retry.StatusCodes, err.StatusCode)
	case *apierrors.InvalidResponseError:
		return false
	default:
		return c.retry.RetryConnectionErrors && transient(err)
	}
}

// minWait keeps a jittered wait from being no wait at all.
const minWait = 10 * time.Millisecond

// rateLimitInterval is the least first interval after a 429.
const rateLimitInterval = time.Second

// wait returns how long to wait before the next attempt: the larger of the
// API's hint and a backoff with full jitter. tooLong means that the hint is
// above what a call can wait for.
func (c *call) wait(err error) (wait time.Duration, tooLong bool) {
	interval := c.retry.InitialInterval
	hint := time.Duration(0)
	if api, ok := err.(*apierrors.APIError); ok {
		hint = api.RetryAfter
		if api.StatusCode == http.StatusTooManyRequests {
			interval = max(interval, rateLimitInterval)
		}
	}
	if hint > maxRetryAfter {
		return 0, true
	}
	ceiling := min(float64(interval)*math.Pow(c.retry.Exponent, float64(c.attempts-1)), float64(c.retry.MaxInterval))
	jittered := time.Duration(rand.Float64() * ceiling)
	return max(hint, jittered, min(minWait, c.retry.InitialInterval)), false
}

// remaining returns the time left for the whole call.
func (c *call) remaining(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	if c.retry.MaxElapsedTime > 0 {
		return c.retry.MaxElapsedTime - time.Since(c.started)
	}
	return math.MaxInt64
}

// limit returns the time limit of an attempt that begins now. A deadline of the
// context holds by itself, and ends the call with the context's error.
func (c *call) limit(ctx context.Context) time.Duration {
	if _, ok := ctx.Deadline(); ok {
		return c.timeout
	}
	return min(c.timeout, c.remaining(ctx))
}

// sleep waits for d and reports whether ctx was alive all the while.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil // both may be ready
	case <-ctx.Done():
		return false
	}
}

// failed completes the error of the last attempt. notRetried is "" when no
// attempt was left or another would not help.
func (c *call) failed(err error, notRetried string) error {
	switch err := err.(type) {
	case *apierrors.APIError:
		err.NotRetried = notRetried
		return err
	case *apierrors.InvalidResponseError:
		return err
	}
	return &apierrors.TransportError{Op: c.op, Attempts: c.attempts, NotRetried: notRetried, Err: err}
}

// interrupted is the error of a call whose context ended during an attempt. An
// answer that came all the same, or the failure before, is not lost.
func (c *call) interrupted(ctx context.Context, err, last error) error {
	switch err.(type) {
	case *apierrors.InvalidResponseError:
		return err
	case *apierrors.APIError:
		return c.noAnswer(contextError(ctx), err)
	}
	if c.attempts > 1 && ctx.Err() == context.Canceled {
		c.budget.refund() // the caller cut it off: this retry did not fail
	}
	return c.noAnswer(contextError(ctx), last)
}

// noAnswer is the error of a call that ended between its attempts, because its
// context did, or, with no attempt made, before anything was sent. It holds the
// last attempt's failure too, unless that is nil.
func (c *call) noAnswer(cause, last error) error {
	if last != nil {
		cause = fmt.Errorf("%w; last failure: %w", cause, last)
	}
	return &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: cause}
}

// contextError returns why ctx ended: ctx.Err, and the cause if one was given.
func contextError(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}
