package facade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// attempt prepares and sends a request like template and decodes the response,
// all within the attempt's timeout. An error is a stoppedError, an *APIError, an
// *InvalidResponseError or a *TransportError, and there may be a response too.
func (c *call) attempt(template *http.Request) (*http.Response, error) {
	timeout := min(c.timeout, cmp.Or(c.baseClient.Timeout, c.timeout))
	if _, ok := template.Context().Deadline(); !ok { // which would end the attempt by itself
		timeout = min(timeout, time.Until(c.deadline))
	}
	ctx, cancel := context.WithTimeout(template.Context(), timeout)
	defer cancel()

	req, err := c.prepare(ctx, template)
	if err != nil {
		return nil, stoppedError{err}
	}
	key := sentKey(req) // before a transport can change the request
	c.attempts++
	start := time.Now()
	resp, err := roundTrip(c.transport, req)
	if err == nil {
		err = c.receive(resp, key)
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
	err = redactError(asProxyError(err), key)
	return resp, &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: err}
}

// prepare returns the request of one attempt: a clone of template with the
// headers, the key as it is now, and a body of its own. So an attempt does not
// see what a transport did to the request of another.
func (c *call) prepare(ctx context.Context, template *http.Request) (*http.Request, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	key, err := c.apiKey.value(ctx)
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = contextError(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("WithAPIKeyFunc: %w", err)
	}
	if err := checkAPIKey("WithAPIKeyFunc", key); err != nil {
		return nil, err
	}
	req := boundReplays(ctx, template, c.baseClient)
	maps.Copy(req.Header, c.header)
	req.Header["Authorization"] = []string{"Bearer " + key}
	if template.GetBody != nil {
		req.Body, err = template.GetBody()
	}
	return req, err
}

// log writes what is listed here and nothing else, so that no header or body
// gets into a log by oversight. resp is nil if there is no response.
func (c *call) log(ctx context.Context, level slog.Level, msg string, resp *http.Response, attrs ...slog.Attr) {
	if c.logger == nil {
		return
	}
	method, path, _ := strings.Cut(c.op, " ")
	own := []slog.Attr{slog.String("method", method), slog.String("host", c.baseURL.value.host),
		slog.String("path", path), slog.Int("attempt", c.attempts)}
	if resp != nil {
		id := shortID(resp.Header.Get(apierrors.RequestIDHeader))
		own = append(own, slog.Int("status", resp.StatusCode), slog.String("request_id", id))
	}
	c.logger.LogAttrs(ctx, level, msg, append(own, attrs...)...)
}

// shortID cuts a request id that a server made very long.
func shortID(id string) string { return id[:min(len(id), 100)] }
