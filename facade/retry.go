package facade

import (
	"context"
	"errors"
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
	var last error           // of the previous attempt

	for {
		resp, failed := c.attempt(template)
		if failed == nil {
			c.countSuccess(retries)
			return resp, nil
		}

		// A retry that the context's deadline ends costs what it took. One that the
		// caller canceled, or for which there was no API key, does not.
		if failed.ended {
			if retries > 0 && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				c.budget.retryCanceled()
			}
			return nil, withLast(failed.err, last)
		}
		last = failed.err

		// The connection may have been closed while it was idle or, over HTTP/2, because
		// of what another call received on it. That says nothing about the next
		// connection, so the request is sent again at once, as net/http does with a
		// request that it knows to be idempotent. This does not count as a retry: it
		// neither depends on c.retry nor costs anything.
		if mayResend && failed.lostConn {
			mayResend = false
			if c.budget.takeResend() {
				c.httpClient.CloseIdleConnections()
				continue
			}
		}

		backoff, ok := c.decide(retries, failed.err)
		if !ok {
			c.closeDeadConns(failed)
			return nil, failed.err
		}
		retries++
		if ctx.Err() == nil {
			c.logRetry(ctx, resp, backoff, failed.err)
		}

		select {
		case <-time.After(backoff):
		case <-ctx.Done(): // the next attempt ends the call
		}

		// Not earlier: an HTTP/2 connection outlives the requests that timed out on it,
		// and is idle after the last of them.
		c.closeDeadConns(failed)
	}
}

// closeDeadConns closes the idle connections after a failure for which they may be
// dead, too.
func (c *call) closeDeadConns(failed *failure) {
	if failed.lostConn || failed.timedOut {
		c.httpClient.CloseIdleConnections()
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
// budget. ok is false if there is no next attempt. If there could be one according
// to StatusCodes and MaxAttempts, decide records in err why there is none.
func (c *call) decide(retries int, err error) (backoff time.Duration, ok bool) {
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
	if !time.Now().Add(backoff).Before(c.deadline) {
		setNotRetried(err, "the backoff exceeds the deadline")
		return 0, false
	}

	if !c.budget.take() {
		setNotRetried(err, "the retry budget is empty")
		return 0, false
	}
	return backoff, true
}

// retryAfter returns the API's Retry-After, or 0.
func retryAfter(err error) time.Duration {
	api, ok := err.(*apierrors.APIError)
	if !ok {
		return 0
	}
	return api.RetryAfter
}

// withLast returns err with the error of the previous attempt, if there was one,
// added to its cause.
func withLast(err, last error) error {
	transportErr, ok := err.(*apierrors.TransportError)
	if !ok || last == nil {
		return err
	}

	joined := *transportErr
	joined.Err = fmt.Errorf("%w; previous attempt: %w", transportErr.Err, last)
	return &joined
}
