package facade

import (
	"fmt"
	"log/slog"
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
// every problem at once, each a *ValidationError, joined.
func New(opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	problems := cfg.apply(append(defaults(opts), opts...))
	problems = append(problems,
		require(cfg.apiKey != nil, "WithAPIKey", "is missing; use WithAPIKey or set %s", EnvAPIKey),
		require(cfg.appID != "" || has(opts, "WithAppID"), "WithAppID",
			"is missing; use WithAppID or set %s", EnvAppID))
	if err := join(problems...); err != nil {
		return nil, err
	}
	c := &Client{config: cfg, budget: newBudget()}
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
