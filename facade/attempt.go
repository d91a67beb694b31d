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
	ended    bool  // the call ends: its time is over, it was canceled, or there is nothing to send
	lostConn bool  // there was no response; a connection that had been used before was lost
}

// attempt sends a copy of template and receives the response, all within the
// attempt's timeout. The response may be non-nil with a failure.
func (c *call) attempt(template *http.Request) (*http.Response, *failure) {
	ctx, cancel := c.attemptContext(template.Context())
	defer cancel()
	if ctx.Err() != nil {
		return nil, c.endCall(contextError(ctx))
	}

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

	if err != nil && callEnded(ctx) {
		return resp, c.endCall(contextError(ctx))
	}
	if resp == nil {
		return nil, c.incomplete(ctx, err)
	}

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
	if c.end.Before(deadline) {
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
// has that of the previous attempt.
func (c *call) endCall(cause error) *failure {
	err := c.transportError(cause)
	if c.previous != nil {
		err.Err = fmt.Errorf("%w; previous attempt: %w", err.Err, c.previous)
	}
	return &failure{err: err, ended: true}
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
// cannot be read, the response is non-nil with the error. http.Client would also
// follow redirects, which would send the key and the consumer's data elsewhere; the
// API has none.
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

	if ctx.Err() != nil {
		err = fmt.Errorf("attempt timed out after %v: %w", c.attemptTimeout(), context.DeadlineExceeded)
	}
	return &failure{err: c.transportError(err), lostConn: lostConn}
}
