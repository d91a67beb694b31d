package facade

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// Client calls the Vault API. Make one with [New] and share it: it is safe for
// concurrent use, and its calls share one connection pool and one retry budget.
// Do not modify its fields.
type Client struct {
	Vault *Vault // the operations of the Vault API

	config *config
	budget *budget
}

// Vault groups the operations of the Vault API.
type Vault struct {
	Sessions *Sessions // Hosted Vault sessions
}

// New returns a client. The API key and the application id are required; they
// come from options, or else from [EnvAPIKey] and [EnvAppID]. New does no I/O. If
// something is missing or not valid, the error joins an
// [github.com/apideck-community/vault-go/errors.ValidationError] for each problem.
func New(opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	if err := cfg.apply(opts); err != nil {
		return nil, err
	}

	c := &Client{config: cfg, budget: newBudget()}
	c.Vault = &Vault{Sessions: &Sessions{client: c}}
	return c, nil
}

// CloseIdleConnections closes the idle connections of the client's pool, or,
// with [WithHTTPClient], of that client's transport. Only a program that makes
// and drops many clients needs it.
func (c *Client) CloseIdleConnections() { c.config.httpClient.CloseIdleConnections() }

// Format implements [fmt.Formatter]. It prints only a name: no key, id or header.
func (c Client) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), "apideck.Client")
}

// LogValue implements [slog.LogValuer] like Format. It works on a nil c.
func (c *Client) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// call is one call of an API operation. Its method Do is the HttpRequestDoer of
// the generated client.
type call struct {
	config
	budget   *budget
	op       string    // for messages: the method and path of the contract
	deadline time.Time // when the call ends, see newCall
	sendOnce bool      // set by an operation whose request must not be repeated

	endsWithContext bool // deadline is that of the context

	attempts int      // made so far
	keys     []string // the API keys of these attempts, to redact
}

// newCall returns a call with the client's options, overridden by opts. The error
// joins every problem of opts. The call is never nil.
func (c *Client) newCall(ctx context.Context, op string, opts []Option) (*call, error) {
	call := &call{config: *c.config, budget: c.budget, op: op}
	err := call.apply(opts)

	limit := call.retry.MaxElapsedTime
	if limit == 0 { // no limit, see RetryConfig
		limit = 100 * 365 * 24 * time.Hour
	}
	call.deadline = time.Now().Add(limit)

	ctxDeadline, ok := ctx.Deadline()
	if ok && !call.deadline.Before(ctxDeadline) {
		call.deadline = ctxDeadline
		call.endsWithContext = true
	}
	return call, err
}

// client returns the generated client, which sends its requests with c.Do.
func (c *call) client() *gen.Client {
	return &gen.Client{Server: c.base.url, Client: c}
}

// requireConsumerID returns an error if c has no consumer id.
func (c *call) requireConsumerID() error {
	if c.consumerID == (setting{}) {
		return invalid("WithConsumerID", "missing; pass it to the call with the id of the signed-in customer")
	}
	return nil
}
