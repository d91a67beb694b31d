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
	ended    bool  // the call ends: its context is done, or it has no API key
	usedConn bool  // no response came, on a connection that had been used before
	timedOut bool  // the attempt's timeout has passed
}

// lostUsedConn reports whether a connection that had been used before was lost.
func (f *failure) lostUsedConn() bool { return f.usedConn && !f.timedOut }

// attempt sends a copy of template and receives the response, all within the
// attempt's timeout. The response may be non-nil with a failure.
func (c *call) attempt(template *http.Request) (*http.Response, *failure) {
	timeout := c.attemptTimeout()
	ctx, cancel := context.WithTimeoutCause(template.Context(), timeout, errAttemptTimeout)
	defer cancel()

	key, err := c.fetchKey(ctx)
	if err != nil {
		return nil, c.end(err)
	}
	req, err := c.newRequest(ctx, template, key)
	if err != nil {
		return nil, c.end(err)
	}

	c.attempts++
	start := time.Now()
	resp, body, err := c.exchange(req)
	c.logAttempt(ctx, resp, time.Since(start))

	if resp != nil {
		statusErr := c.statusError(resp, body, err)
		if statusErr != nil {
			return resp, &failure{err: statusErr}
		}
	}
	if err != nil {
		return resp, c.incomplete(ctx, err, timeout)
	}

	c.body = body
	return resp, nil
}

// end returns the failure that ends the call, for the given cause.
func (c *call) end(cause error) *failure {
	return &failure{err: c.transportError(cause), ended: true}
}

// attemptTimeout returns the shortest of WithTimeout, http.Client.Timeout and the
// time until the call's deadline, unless the context ends the attempt at that.
func (c *call) attemptTimeout() time.Duration {
	timeout := c.timeout
	if c.httpClient.Timeout > 0 { // as in net/http
		timeout = min(timeout, c.httpClient.Timeout)
	}
	if !c.endsWithContext {
		timeout = min(timeout, time.Until(c.deadline))
	}
	return timeout
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
	maps.Copy(req.Header, c.header.Clone())
	authorize(req, key)

	if c.attempts == 0 || template.GetBody == nil {
		return req, nil // with the template's own body
	}
	body, err := template.GetBody()
	req.Body = body
	return req, err
}

// exchange sends req and reads the response. On error, the response may be
// non-nil, and body is what has been read of it.
func (c *call) exchange(req *http.Request) (resp *http.Response, body []byte, err error) {
	resp, err = roundTrip(c.transport, req)
	if err != nil {
		return nil, nil, err
	}
	resp.Header = c.redactHeader(resp.Header)

	body, err = readBody(resp)
	if err == nil && cutShort(resp, body) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return resp, body, fmt.Errorf("reading the response: %w", withoutQuote(err))
	}
	return resp, body, nil
}

// incomplete returns the failure of an attempt that ended in err without a
// complete response.
func (c *call) incomplete(ctx context.Context, err error, timeout time.Duration) *failure {
	timedOut := context.Cause(ctx) == errAttemptTimeout
	if ctx.Err() != nil && !timedOut {
		return c.end(contextError(ctx))
	}

	_, usedConn := errors.AsType[usedConnError](err)
	if timedOut {
		after := timeout.Round(time.Microsecond)
		err = fmt.Errorf("attempt timed out after %v: %w", after, context.DeadlineExceeded)
	}
	return &failure{err: c.transportError(err), usedConn: usedConn, timedOut: timedOut}
}
