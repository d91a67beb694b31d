package facade

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// attempt prepares and sends a request like template and decodes the response,
// all within the attempt's timeout. An error is a stoppedError, an *APIError, an
// *InvalidResponseError or a *TransportError, and there may be a response too.
func (c *call) attempt(template *http.Request) (*http.Response, error) {
	timeout := c.attemptTimeout(template.Context())
	ctx, cancel := context.WithTimeout(template.Context(), timeout)
	defer cancel()

	req, err := c.prepare(ctx, template)
	if err != nil {
		return nil, stoppedError{err}
	}
	c.attempts++
	start := time.Now()
	resp, err := roundTrip(c.transport, req)
	if err == nil {
		err = c.receive(resp, sentKey(req))
	}
	c.log(ctx, slog.LevelDebug, "apideck: attempt", resp, slog.Duration("duration", time.Since(start)))

	switch err.(type) {
	case nil, *apierrors.APIError, *apierrors.InvalidResponseError:
		return resp, err
	}
	if template.Context().Err() != nil {
		return resp, stoppedError{contextError(template.Context())}
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("attempt timed out after %v: %w", timeout, context.DeadlineExceeded)
	}
	err = redactError(asProxyError(err), sentKey(req))
	return resp, &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: err}
}

// prepare returns the request of one attempt: a clone of template with the
// headers, the key as it is now, and a body of its own. So an attempt does not
// see what a transport did to the request of another.
func (c *call) prepare(ctx context.Context, template *http.Request) (*http.Request, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	key, err := c.apiKey(ctx)
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = contextError(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("WithAPIKeyFunc: %w", err)
	}
	if err := checkAPIKey("WithAPIKeyFunc", key); err != nil && c.attempts > 0 {
		return nil, errors.New(err.Error()) // a ValidationError says that nothing was sent
	} else if err != nil {
		return nil, err
	}
	replay := &replay{getBody: template.GetBody, client: c.baseClient}
	replay.trace.WroteHeaderField = replay.wroteHeaderField
	req := template.Clone(httptrace.WithClientTrace(ctx, &replay.trace))
	maps.Copy(req.Header, c.header)
	req.Header["Authorization"] = []string{"Bearer " + key}
	if template.GetBody != nil {
		req.GetBody = replay.body
	}
	if template.GetBody != nil && c.attempts > 0 { // the first sends the template's own
		req.Body, err = template.GetBody()
	}
	return req, err
}
