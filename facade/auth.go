package facade

import (
	"context"
	"fmt"
	"net/http"
)

// authorize is a request editor of the generated client. The retry loop runs it
// again for each further attempt, so that a rotated key is picked up.
func (c *call) authorize(ctx context.Context, req *http.Request) error {
	if c.keyFunc {
		// A key store that hangs must not hang the call.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.limit(ctx))
		defer cancel()
	}
	key, err := c.apiKey(ctx)
	if err == nil && c.keyFunc {
		err = ctx.Err() // it came too late
	}
	if err != nil {
		return fmt.Errorf("WithAPIKeyFunc: %w", err)
	}
	if err := checkAPIKey("WithAPIKeyFunc", key); err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	return nil
}
