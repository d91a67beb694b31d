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
	ended    bool  // the call ends: its context is done, or there was no API key to send
	lostConn bool  // there was no response; a connection that had been used before was lost
	timedOut bool  // the attempt's timeout has passed
}

// attempt sends a copy of template and receives the response, all within the
// attempt's timeout. The response may be non-nil with a failure.
func (c *call) attempt(template *http.Request) (*http.Response, *failure) {
	timeout := c.attemptTimeout()
	ctx, cancel := context.WithTimeoutCause(template.Context(), timeout, errAttemptTimeout)
	defer cancel()

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

	if err != nil && contextEnded(ctx) {
		return resp, c.endCall(contextError(ctx))
	}
	if resp != nil {
		c.budget.responded()
		responseErr := c.responseError(resp, err)
		if responseErr != nil {
			return resp, &failure{err: responseErr}
		}
	}
	if err != nil {
		return resp, c.incomplete(ctx, err, timeout)
	}
	return resp, nil
}

// endCall returns a failure that ends the call, for the given cause.
func (c *call) endCall(cause error) *failure {
	return &failure{err: c.transportError(cause), ended: true}
}

// attemptTimeout returns the shortest of WithTimeout, http.Client.Timeout and the
// time until MaxElapsedTime has passed. The context enforces its own deadline, so
// that contextEnded can tell the two apart.
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
// cannot be read, the response is non-nil with the error.
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
func (c *call) incomplete(ctx context.Context, err error, timeout time.Duration) *failure {
	_, lostConn := errors.AsType[lostConnError](err)

	timedOut := context.Cause(ctx) == errAttemptTimeout
	if timedOut {
		after := timeout.Round(time.Microsecond)
		err = fmt.Errorf("attempt timed out after %v: %w", after, context.DeadlineExceeded)
	}
	return &failure{err: c.transportError(err), lostConn: lostConn, timedOut: timedOut}
}
