package facade

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"
)

// failure is an attempt that did not succeed.
type failure struct {
	err      error // of package errors
	lostConn bool  // there was no response; a connection that had been used before was lost
	ended    bool  // the call ends: its time is over, it was canceled, or there is nothing to send
	refund   bool  // of a call that ended: a retry gets its token back
}

// attempt sends a copy of template and receives the response, all within the
// attempt's timeout. The response may be non-nil with a failure.
func (c *call) attempt(template *http.Request) (*http.Response, *failure) {
	ctx, cancel := c.attemptContext(template.Context())
	defer cancel()
	if ctx.Err() != nil {
		return nil, c.endCall(contextError(ctx))
	}

	c.closeDeadConns()

	key, err := c.fetchKey(ctx)
	if err != nil {
		return nil, c.endCall(err)
	}
	req, err := c.newRequest(ctx, template, key)
	if err != nil {
		return nil, c.endCall(err)
	}

	c.attempts++
	start := time.Now()
	resp, err := c.exchange(req)
	c.logAttempt(ctx, resp, time.Since(start))

	if err != nil {
		c.suspectConns(ctx, err)
	}
	if err != nil && callEnded(ctx) {
		ended := c.endCall(contextError(ctx))
		ended.refund = ctx.Err() == context.Canceled // else it took the time of the API
		return resp, ended
	}
	if resp == nil {
		return nil, c.incomplete(ctx, err)
	}

	// Before err: an error status says more than that its body is incomplete.
	c.budget.responded()
	responseErr := c.responseError(resp, err)
	if responseErr != nil {
		return resp, &failure{err: responseErr}
	}
	if err != nil {
		return resp, c.incomplete(ctx, err)
	}
	return resp, nil
}

// attemptContext returns the context of an attempt, whose cause says which of the
// attempt's timeout and MaxElapsedTime has passed.
func (c *call) attemptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := time.Now().Add(c.attemptTimeout())
	if !c.end.After(deadline) {
		return context.WithDeadlineCause(ctx, c.end, errMaxElapsedTime)
	}
	return context.WithDeadlineCause(ctx, deadline, errAttemptTimeout)
}

// attemptTimeout returns the shorter of WithTimeout and http.Client.Timeout.
func (c *call) attemptTimeout() time.Duration {
	if c.httpClient.Timeout > 0 { // as in net/http
		return min(c.timeout, c.httpClient.Timeout)
	}
	return c.timeout
}

// endCall returns a failure that ends the call, for the given cause. The error also
// has that of the previous attempt. refund is as for an attempt that was not sent.
func (c *call) endCall(cause error) *failure {
	err := c.transportError(cause)
	if c.previous != nil {
		err.Err = fmt.Errorf("%w; previous attempt: %w", err.Err, c.previous)
	}
	return &failure{err: err, ended: true, refund: true}
}

// suspectConns notes whether idle connections may be dead, too, after an attempt that
// ended in err: if its connection was lost, or silent. ctx is that of the attempt.
func (c *call) suspectConns(ctx context.Context, err error) {
	_, lostConn := errors.AsType[lostConnError](err)
	_, timedOut := context.Cause(ctx).(timeoutError)

	if lostConn || timedOut {
		c.suspect = true
		c.httpClient.suspect.Store(true) // for another call, if this was the last attempt
	}
}

// closeDeadConns closes the idle connections if they may be dead. It is not done at
// the end of the attempt before: an HTTP/2 connection outlives the requests that timed
// out on it, and is idle after the last of them.
func (c *call) closeDeadConns() {
	shared := c.httpClient.suspect.Swap(false)
	if shared || c.suspect {
		c.suspect = false
		c.httpClient.CloseIdleConnections()
	}
}

// newRequest returns a copy of template with a URL, headers and a body of its own,
// so that it does not depend on what a transport did to the one before.
func (c *call) newRequest(ctx context.Context, template *http.Request, key string) (*http.Request, error) {
	req := template.WithContext(ctx)

	url := *template.URL
	req.URL = &url

	req.Header = template.Header.Clone()
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.fullUserAgent())
	maps.Copy(req.Header, c.header.Clone()) // the client shares c.header between calls
	authorize(req, key)

	if c.attempts == 0 || template.GetBody == nil {
		return req, nil // the first attempt sends the template's own body, if it has one
	}
	body, err := template.GetBody()
	req.Body = body
	return req, err
}

// exchange sends req and reads the response, its body into c.body. If the body
// cannot be read, the response is non-nil with the error. It calls the transport
// itself, because http.Client would follow redirects, which would send the key and the
// consumer's data elsewhere; the API has none.
func (c *call) exchange(req *http.Request) (*http.Response, error) {
	resp, err := roundTrip(c.transport, req)
	if err != nil {
		return nil, err
	}
	resp.Header = c.redactHeader(resp.Header)

	c.body, err = readBody(resp)
	if err == nil && cutShort(resp, c.body) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return resp, fmt.Errorf("reading the response: %w", withoutQuote(err))
	}
	return resp, nil
}

// incomplete returns the failure of an attempt that ended in err without a
// complete response. ctx is that of the attempt.
func (c *call) incomplete(ctx context.Context, err error) *failure {
	_, lostConn := errors.AsType[lostConnError](err)

	if context.Cause(ctx) == errAttemptTimeout {
		err = fmt.Errorf("attempt timed out after %v: %w", c.attemptTimeout(), context.DeadlineExceeded)
	}
	return &failure{err: c.transportError(err), lostConn: lostConn}
}
