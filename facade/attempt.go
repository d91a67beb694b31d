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

// attempt sends a copy of template and decodes the response, all within the
// attempt's timeout. An error is a stoppedError, an *APIError, an
// *InvalidResponseError or a *TransportError; the response may be non-nil with it.
func (c *call) attempt(template *http.Request) (*http.Response, error) {
	// As in net/http, http.Client.Timeout counts only if it is positive.
	timeout := min(c.timeout, cmp.Or(max(c.httpClient.Timeout, 0), c.timeout))
	if deadline, ok := template.Context().Deadline(); ok {
		c.deadline = deadline // at which the context ends the attempt by itself
	} else {
		timeout = min(timeout, time.Until(c.deadline)) // of MaxElapsedTime
	}
	ctx, cancel := context.WithTimeoutCause(template.Context(), timeout, errAttemptTimeout)
	defer cancel()

	req, key, err := c.prepare(ctx, template)
	if err != nil {
		return nil, stoppedError{err}
	}
	secret := key // to redact
	if len(key) < 8 {
		secret = "Bearer " + key // so that ordinary words are left alone
	}
	c.attempts++
	start := time.Now()
	resp, err := roundTrip(c.transport, req)
	if err == nil {
		err = c.receive(resp, secret)
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
		err = fmt.Errorf("attempt timed out after %v: %w", timeout.Round(time.Microsecond), context.DeadlineExceeded)
	}
	err = redactError(asProxyError(err), secret)
	return resp, &apierrors.TransportError{Op: c.op, Attempts: c.attempts, Err: err}
}

var errAttemptTimeout = errors.New("the attempt's timeout (WithTimeout) or MaxElapsedTime has passed")

// prepare returns the request of one attempt and the key in it. The request is a
// clone of template with the headers, the current key and a body of its own, so
// it does not depend on what a transport did to the one before.
func (c *call) prepare(ctx context.Context, template *http.Request) (req *http.Request, key string, err error) {
	if ctx.Err() != nil {
		return nil, "", contextError(ctx)
	}
	key, err = c.apiKey.value(ctx)
	// The function ignored ctx, or returned its error without the cause.
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = contextError(ctx)
	}
	if err != nil {
		return nil, "", fmt.Errorf("WithAPIKeyFunc: %w", err)
	}
	if err := checkAPIKey("WithAPIKeyFunc", key); err != nil {
		return nil, "", err
	}
	maps.Copy(template.Header, c.header)                 // the same in each attempt
	req, err = boundReplays(ctx, template, c.httpClient) // copies the header values
	req.Header["Authorization"] = []string{"Bearer " + key}
	return req, key, err
}

// log writes the attributes listed here and attrs, and never a whole header or
// body. resp is nil if there is no response.
func (c *call) log(ctx context.Context, level slog.Level, msg string, resp *http.Response, attrs ...slog.Attr) {
	if c.logger == nil {
		return
	}
	method, path, _ := strings.Cut(c.op, " ")
	all := []slog.Attr{slog.String("method", method), slog.String("host", c.baseURL.value.host),
		slog.String("path", path), slog.Int("attempt", c.attempts)}
	if resp != nil {
		id := shortID(resp.Header.Get(apierrors.RequestIDHeader))
		all = append(all, slog.Int("status", resp.StatusCode), slog.String("request_id", id))
	}
	c.logger.LogAttrs(ctx, level, msg, append(all, attrs...)...)
}

// shortID returns at most 100 bytes of a request id.
func shortID(id string) string { return id[:min(len(id), 100)] }
