package facade

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// log writes what is listed here and nothing else, so that no header or body
// gets into a log by oversight. resp is nil if there is no response.
func (c *call) log(ctx context.Context, level slog.Level, msg string, resp *http.Response, attrs ...slog.Attr) {
	if c.logger == nil {
		return
	}
	method, path, _ := strings.Cut(c.op, " ")
	own := []slog.Attr{slog.String("method", method), slog.String("host", c.baseURL.host),
		slog.String("path", path), slog.Int("attempt", c.attempts)}
	if resp != nil {
		id := shortID(resp.Header.Get(apierrors.RequestIDHeader))
		own = append(own, slog.Int("status", resp.StatusCode), slog.String("request_id", id))
	}
	c.logger.LogAttrs(ctx, level, msg, append(own, attrs...)...)
}

// shortID cuts a request id that a server made very long.
func shortID(id string) string { return id[:min(len(id), 100)] }
