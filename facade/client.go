package facade

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
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
	if err := errors.Join(s.applyEnvironment(opts), s.apply(opts)); err != nil {
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

// String names the client and its host, and nothing of the key or the ids.
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

// call is one API call on its way: the settings in force, and what came of the
// attempts so far. It is the HttpRequestDoer under the generated client.
type call struct {
	settings
	budget   *budget
	op       string // for messages: the method and path of the contract
	started  time.Time
	attempts int
	body     []byte // of the last answer
}

func (c *Client) newCall(op string, opts []Option) (*call, error) {
	call := &call{settings: *c.settings(), budget: c.budget, op: op, started: time.Now()}
	if err := call.apply(opts); err != nil {
		return nil, err
	}
	return call, nil
}

// notSent completes an error from before the first attempt; those of call.Do
// are complete.
func (c *call) notSent(err error) error {
	if _, invalid := errors.AsType[*apierrors.ValidationError](err); invalid || c.attempts > 0 {
		return err
	}
	return c.noAnswer(err)
}
