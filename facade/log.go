package facade

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func (c *call) logAttempt(ctx context.Context, resp *http.Response, took time.Duration) {
	c.log(ctx, slog.LevelDebug, "apideck: attempt", resp, slog.Duration("duration", took))
}

func (c *call) logRetry(ctx context.Context, resp *http.Response, backoff time.Duration, err error) {
	c.log(ctx, slog.LevelWarn, "apideck: retry", resp,
		slog.Duration("backoff", backoff), slog.String("error", err.Error()))
}

// log writes the attributes listed here and attrs, and never a whole header or
// body. resp is nil if there is no response.
func (c *call) log(
	ctx context.Context, level slog.Level, msg string, resp *http.Response, attrs ...slog.Attr,
) {
	if c.logger == nil {
		return
	}

	method, path, _ := strings.Cut(c.op, " ")
	all := []slog.Attr{
		slog.String("method", method),
		slog.String("host", c.endpoint.host),
		slog.String("path", path),
		slog.Int("attempt", c.attempts),
	}
	if resp != nil {
		id := shortID(resp.Header.Get(apierrors.RequestIDHeader))
		all = append(all, slog.Int("status", resp.StatusCode), slog.String("request_id", id))
	}

	c.logger.LogAttrs(ctx, level, msg, append(all, attrs...)...)
}

// shortID returns at most 100 bytes of a request id.
func shortID(id string) string { return id[:min(len(id), 100)] }
