package facade

import (
	"context"
	"fmt"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Do implements the generated client's HttpRequestDoer. It makes attempts until
// one succeeds or the call ends. The response has a 2xx status, and c.body has its
// body. Errors are of the types in package errors.
func (c *call) Do(template *http.Request) (*http.Response, error) {
	ctx := template.Context()
	retries := 0             // by c.retry, each from the budget
	mayResend := !c.sendOnce // over a new connection, at most once

	for {
		resp, failed := c.attempt(template)
		if failed == nil {
			c.countSuccess(retries)
			return resp, nil
		}

		if failed.ended {
			if retries > 0 && failed.refund {
				c.budget.retryCanceled()
			}
			return nil, failed.err
		}
		c.previous = failed.err

		// The connection may have been closed while it was idle or, over HTTP/2, because
		// of what another call received on it. That says nothing about the next
		// connection, so the request is sent again at once, as net/http does with a
		// request that it knows to be idempotent. This does not count as a retry: it
		// neither depends on c.retry nor costs anything.
		if mayResend && failed.lostConn {
			mayResend = false
			if c.budget.takeResend() {
				continue
			}
		}

		backoff, ok := c.decide(ctx, retries, failed.err)
		if !ok {
			return nil, failed.err
		}
		retries++
		if ctx.Err() == nil { // or else the call ends
			c.logRetry(ctx, resp, backoff, failed.err)
		}

		select {
		case <-time.After(backoff):
		case <-ctx.Done(): // the next attempt ends the call
		}
	}
}

// countSuccess gives the budget what a successful call with that many retries
// earns.
func (c *call) countSuccess(retries int) {
	if retries == 0 {
		c.budget.callSucceeded()
	} else {
		c.budget.retrySucceeded()
	}
}

// decide returns the backoff before the next attempt and takes a retry from the
// budget. ok is false if there is no next attempt. If the RetryConfig allows one,
// decide records in err why there is none.
func (c *call) decide(ctx context.Context, retries int, err error) (backoff time.Duration, ok bool) {
	if !c.retry.retryable(err) || retries+1 >= c.retry.MaxAttempts {
		return 0, false
	}
	if c.sendOnce {
		setNotRetried(err, "this operation must not be repeated")
		return 0, false
	}

	hint := retryAfter(err)
	if hint > maxRetryAfter {
		setNotRetried(err, fmt.Sprintf("Retry-After is above %v", maxRetryAfter))
		return 0, false
	}

	// On top of the hint, so that a fleet does not come back all at once.
	backoff = hint + c.retry.backoff(retries, err)
	if !time.Now().Add(backoff).Before(c.deadline(ctx)) {
		setNotRetried(err, "the backoff exceeds the deadline")
		return 0, false
	}

	if !c.budget.take() {
		setNotRetried(err, "the retry budget is empty")
		return 0, false
	}
	return backoff, true
}

// deadline returns the earlier of ctx's deadline and the end by MaxElapsedTime.
func (c *call) deadline(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if ok && deadline.Before(c.end) {
		return deadline
	}
	return c.end
}

// retryAfter returns the API's Retry-After, or 0.
func retryAfter(err error) time.Duration {
	api, ok := err.(*apierrors.APIError)
	if !ok {
		return 0
	}
	return api.RetryAfter
}
