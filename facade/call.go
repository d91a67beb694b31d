package facade

import (
	"context"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// call is one call of an API operation. Its method Do makes the attempts.
type call struct {
	config
	generated gen.Client // sends its requests with Do
	op        string     // for messages: the method and path of the contract
	budget    *budget    // the client's
	sendOnce  bool       // the request must not be repeated; see CONTRIBUTING.md

	deadline        time.Time // when the call ends, by RetryConfig or by its context
	endsWithContext bool      // deadline is that of the context, which enforces it

	attempts int    // made so far
	body     []byte // of the last response, whose Body has been read and closed
}

// noLimit is the time limit of a call whose RetryConfig has none.
const noLimit = 100 * 365 * 24 * time.Hour

// newCall returns a call with the client's options, overridden by opts. The error
// joins every problem of opts. The call is never nil.
func (c *Client) newCall(ctx context.Context, op string, opts []Option) (*call, error) {
	call := &call{config: *c.config, op: op, budget: c.budget}
	err := call.apply(opts)
	call.generated = gen.Client{Server: call.endpoint.url, Client: call}

	limit := call.retry.MaxElapsedTime
	if limit == 0 {
		limit = noLimit
	}
	call.deadline = time.Now().Add(limit)

	ctxDeadline, ok := ctx.Deadline()
	if ok && ctxDeadline.Before(call.deadline) {
		call.deadline = ctxDeadline
		call.endsWithContext = true
	}
	return call, err
}

// requireConsumerID returns an error if c has no consumer id.
func (c *call) requireConsumerID() error {
	if c.consumerID == (setting{}) {
		return invalid("WithConsumerID", "missing; pass the id of the signed-in customer to the call")
	}
	return nil
}
