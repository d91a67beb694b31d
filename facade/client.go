package facade

import (
	"fmt"
	"log/slog"
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

// LogValue implements [slog.LogValuer] like Format. It works on a nil c, for which
// fmt prints <nil>.
func (c *Client) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
