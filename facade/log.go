package facade

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func (c *call) logAttempt(ctx context.Context, resp *http.Response, start time.Time) {
	if c.logger == nil {
		return
	}
	attrs := []slog.Attr{slog.Duration("duration", time.Since(start))}
	if resp != nil {
		id := resp.Header.Get(apierrors.RequestIDHeader)
		attrs = append(attrs, slog.Int("status", resp.StatusCode), slog.String("request_id", logged(id)))
	}
	c.log(ctx, slog.LevelDebug, "apideck: attempt", attrs)
}

func (c *call) logRetry(ctx context.Context, err error, backoff time.Duration) {
	if c.logger == nil {
		return
	}
	attrs := []slog.Attr{slog.Duration("backoff", backoff)}
	if api, ok := err.(*apierrors.APIError); ok {
		attrs = append(attrs, slog.Int("status", api.StatusCode), slog.String("request_id", logged(api.RequestID)))
	}
	attrs = append(attrs, slog.String("error", err.Error()))
	c.log(ctx, slog.LevelWarn, "apideck: retry", attrs)
}

// log logs nothing but this and attrs: an allow-list, so that no header or body
// gets into a log by oversight.
func (c *call) log(ctx context.Context, level slog.Level, message string, attrs []slog.Attr) {
	method, path, _ := strings.Cut(c.op, " ")
	own := []slog.Attr{slog.String("method", method), slog.String("host", c.baseURL.host),
		slog.String("path", path), slog.Int("attempt", c.attempts)}
	c.logger.LogAttrs(ctx, level, message, append(own, attrs...)...)
}

// logged cuts a request id that a server made very long.
func logged(id string) string { return id[:min(len(id), 100)] }
