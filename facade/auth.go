package facade

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"runtime"
)

const version = "0.1.0"

const ownUserAgent = "vault-go/" + version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"

// ownHeader is what every request has, whatever the options say. The generated
// client itself sets Content-Type, x-apideck-app-id and x-apideck-consumer-id.
func ownHeader() http.Header {
	return http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {ownUserAgent},
		// An Idempotency-Key without values puts nothing on the wire. It tells
		// net/http that the request may be replayed when the server closes a
		// pooled connection just as we write to it; without it that race is
		// the caller's error. See the documentation of http.Transport.
		"Idempotency-Key": nil,
	}
}

// setHeaders is a request editor of the generated client, the first: a call
// whose context has ended asks for no key.
func (c *call) setHeaders(ctx context.Context, req *http.Request) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	maps.Copy(req.Header, c.header)
	return nil
}

// authorize is a request editor of the generated client. The retry loop runs it
// again for each further attempt, so that a rotated key is picked up.
func (c *call) authorize(ctx context.Context, req *http.Request) error {
	key, err := c.apiKey(ctx)
	if err != nil {
		return fmt.Errorf("WithAPIKeyFunc: %w", err)
	}
	if err := checkAPIKey("WithAPIKeyFunc", key); err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	return nil
}
