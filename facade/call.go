package facade

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// call is one API call: the options in force and the number of attempts so far.
// It is the HttpRequestDoer under the generated client.
type call struct {
	config
	budget   *budget
	op       string // for messages: the method and path of the contract
	decode   func(body []byte) (problem string, err error)
	started  time.Time
	attempts int
}

// newCall overlays opts on the client's options. An error has every problem. The
// call is not nil then, unless there is no client to take the options from.
func (c *Client) newCall(ctx context.Context, op string, opts []Option) (*call, error) {
	if c == nil || c.config == nil {
		return nil, invalid("Client", "is nil or zero; make it with facade.New")
	}
	call := &call{config: *c.config, budget: c.budget, op: op, started: time.Now()}
	problems := call.apply(opts)
	if ctx == nil {
		problems = append(problems, invalid("ctx", "is nil; use context.Background()"))
	}
	return call, join(problems...)
}

// raw returns the generated client, which sends with Do.
func (c *call) raw() *gen.Client { return &gen.Client{Server: c.baseURL.url, Client: c} }

// requireConsumerID is for the operations that are about one consumer.
func (c *call) requireConsumerID() error {
	return require(c == nil || c.consumerID != "", "WithConsumerID",
		"is missing; give this call WithConsumerID, or set %s", EnvConsumerID)
}

// remaining returns the time left for the whole call.
func (c *call) remaining(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	if c.retry.MaxElapsedTime > 0 {
		return c.retry.MaxElapsedTime - time.Since(c.started)
	}
	return math.MaxInt64
}

// attemptTimeout returns the timeout of an attempt that begins now. A deadline
// of the context holds by itself, and then the call fails with the context's
// error.
func (c *call) attemptTimeout(ctx context.Context) time.Duration {
	timeout := min(c.timeout, cmp.Or(c.baseClient.Timeout, c.timeout))
	if _, ok := ctx.Deadline(); ok {
		return timeout
	}
	return min(timeout, c.remaining(ctx))
}
