package facade

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// Client calls the Vault API. Make one with [New] and share it: it is safe for
// concurrent use, does not change after New, and holds the connection pool and
// the retry budget that its calls have in common.
type Client struct {
	Vault *Vault // the operations of the Vault API

	// In a closure: with a verb that does not fit, fmt prints what a pointer in
	// an unexported field points to, methods or not.
	settings func() *settings
	budget   *budget
}

// Vault groups the operations of the Vault API.
type Vault struct {
	Sessions *Sessions // Hosted Vault sessions
}

// New returns a client. The API key and the application id are required; they
// come from options or, where no option gives them, from [EnvAPIKey] and
// [EnvAppID]. New does no I/O. When something is missing or invalid it returns
// every problem at once, each a *ValidationError, joined.
func New(opts ...Option) (*Client, error) {
	s := defaults()
	problems := s.applyEnvironment(opts)
	problems = append(problems, s.apply(opts)...)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if s.httpClient == nil {
		s.httpClient = restrict(&http.Client{Transport: defaultTransport()})
	}
	c := &Client{settings: func() *settings { return s }, budget: newBudget()}
	c.Vault = &Vault{Sessions: &Sessions{client: c}}
	return c, nil
}

// CloseIdleConnections closes the pooled connections that no call is using. A
// program that makes and drops clients calls it on each; others need not. With
// [WithHTTPClient] it closes the idle connections of that client's transport.
func (c *Client) CloseIdleConnections() {
	c.settings().httpClient.CloseIdleConnections()
}

// String names the client and its host, and nothing of the key or the ids. It
// has a value receiver so that a copied Client is printed the same.
func (c Client) String() string {
	if c.settings == nil {
		return "apideck.Client()"
	}
	return "apideck.Client(" + c.settings().base.host + ")"
}

// Format implements [fmt.Formatter] with [Client.String].
func (c Client) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), c.String())
}

// LogValue implements [slog.LogValuer] with [Client.String].
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
