package facade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
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
// something is missing or not valid, the error joins a *ValidationError for each
// problem.
func New(opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	err := cfg.apply(opts)
	err = errors.Join(err,
		require(cfg.apiKey.value != nil || cfg.apiKey.problem != nil, "WithAPIKey", missing, EnvAPIKey),
		require(cfg.appID != checked[string]{}, "WithAppID", missing, EnvAppID))
	if err != nil {
		return nil, err
	}
	c := &Client{config: cfg, budget: &budget{retries: budgetCapacity, refilled: time.Now()}}
	c.Vault = &Vault{Sessions: &Sessions{client: c}}
	return c, nil
}

// CloseIdleConnections closes the idle connections of the client's pool, or,
// with [WithHTTPClient], of that client's transport. Only a program that makes
// and drops many clients needs it. It does nothing if c is nil.
func (c *Client) CloseIdleConnections() {
	if c != nil && c.config != nil {
		c.config.httpClient.CloseIdleConnections()
	}
}

// Format implements [fmt.Formatter]. It prints only a name: no key, id or header.
func (c Client) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), "apideck.Client")
}

// LogValue implements [slog.LogValuer] like Format. It works on a nil c.
func (c *Client) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// call is the state of one API call. It is the HttpRequestDoer of the generated
// client.
type call struct {
	config
	raw      gen.Client // sends with Do
	budget   *budget
	op       string // for messages: the method and path of the contract
	deadline time.Time
	attempts int

	out      any                // a pointer that the response is decoded into
	unusable func(*call) string // returns why out is not usable, or ""; may be nil
}

// newCall returns a call with the client's options, overridden by opts, that
// decodes its response into out. An error has every problem; the call is nil
// only if there is no client.
func (c *Client) newCall(ctx context.Context, op string, out any, opts []Option) (*call, error) {
	if c == nil || c.config == nil {
		return nil, invalid("Client", "must be made with facade.New")
	}
	call := &call{config: *c.config, budget: c.budget, op: op, out: out}
	err := call.apply(opts)
	call.deadline = time.Now().Add(cmp.Or(call.retry.MaxElapsedTime, math.MaxInt64)) // unless ctx has one
	call.raw = gen.Client{Server: call.baseURL.value.url, Client: call}
	return call, errors.Join(err, require(ctx != nil, "ctx", "must not be nil"))
}

// requireConsumerID returns an error if c has no consumer id.
func (c *call) requireConsumerID() error {
	return require(c == nil || c.consumerID != checked[string]{}, "WithConsumerID", missing, EnvConsumerID)
}
