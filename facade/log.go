package facade

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// What is logged is an allow-list: a header or a body cannot get into a log by
// being forgotten.

func (c *call) logAttempt(req *http.Request, resp *http.Response, start time.Time) {
	if c.logger == nil {
		return
	}
	attrs := append(c.logAttrs(req), slog.Duration("duration", time.Since(start)))
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.StatusCode), slog.String("request_id", resp.Header.Get("x-apideck-request-id")))
	}
	c.logger.LogAttrs(req.Context(), slog.LevelDebug, "apideck: attempt", attrs...)
}

func (c *call) logRetry(req *http.Request, err error, wait time.Duration) {
	if c.logger == nil {
		return
	}
	attrs := append(c.logAttrs(req), slog.Duration("wait", wait))
	if api, ok := err.(*apierrors.APIError); ok {
		attrs = append(attrs, slog.Int("status", api.StatusCode), slog.String("request_id", api.RequestID))
	}
	c.logger.LogAttrs(req.Context(), slog.LevelWarn, "apideck: retry", attrs...)
}

func (c *call) logAttrs(req *http.Request) []slog.Attr {
	_, path, _ := strings.Cut(c.op, " ")
	return []slog.Attr{
		slog.String("method", req.Method),
		slog.String("host", c.base.host),
		slog.String("path", path),
		slog.Int("attempt", c.attempts),
	}
}
