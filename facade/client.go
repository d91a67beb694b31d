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
// concurrent use and immutable, and its calls share one connection pool and one
// retry budget.
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
// come from options or, where there is no option, from [EnvAPIKey] and
// [EnvAppID]. New does no I/O. If something is missing or not valid, it returns
// every problem at once: the error joins a *ValidationError for each.
func New(opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	err := errors.Join(cfg.apply(opts),
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
// and drops many clients needs it.
func (c *Client) CloseIdleConnections() {
	if c != nil && c.config != nil {
		c.config.baseClient.CloseIdleConnections()
	}
}

// Format implements [fmt.Formatter] without the key, the ids and the headers.
func (c Client) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), "apideck.Client")
}

// LogValue implements [slog.LogValuer] like Format. c may be nil.
func (c *Client) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// call is one API call: the options in force and the number of attempts so far.
// It is the HttpRequestDoer under the generated client.
type call struct {
	config
	raw      gen.Client // sends with Do
	budget   *budget
	op       string // for messages: the method and path of the contract
	deadline time.Time
	attempts int

	out      any                // a pointer that the response is decoded into
	unusable func(*call) string // returns why out cannot be used, or ""; may be nil
}

// newCall returns a call with the client's options, overridden by opts, that
// decodes its response into out. An error has every problem; the call is nil
// only if there is no client.
func (c *Client) newCall(ctx context.Context, op string, out any, opts []Option) (*call, error) {
	if c == nil || c.config == nil {
		return nil, invalid("Client", "is nil or zero; make it with facade.New")
	}
	call := &call{config: *c.config, budget: c.budget, op: op, out: out}
	err := call.apply(opts)
	call.deadline = time.Now().Add(cmp.Or(call.retry.MaxElapsedTime, math.MaxInt64)) // unless ctx has one
	call.raw = gen.Client{Server: call.baseURL.value.url, Client: call}
	return call, errors.Join(err, require(ctx != nil, "ctx", "is nil; use context.Background()"))
}

// requireConsumerID is for an operation that is about one consumer.
func (c *call) requireConsumerID() error {
	return require(c == nil || c.consumerID != checked[string]{}, "WithConsumerID", missing, EnvConsumerID)
}
