package facade

import (
	"bytes"
	"context"

	"github.com/apideck-community/vault-go/gen"
)

// Sessions creates Hosted Vault sessions.
type Sessions struct {
	client *Client
}

// Create opens a session for the consumer of [WithConsumerID] and returns its
// URI and token. Redirect the consumer's browser to Data.SessionURI. The zero
// Session takes every default of the API.
//
// The call creates the consumer if it does not exist yet. It is retried as the
// package documentation says; a repeated call makes one more token and changes
// nothing else.
//
// The error is a *ValidationError, or several joined, when nothing was sent, an
// *APIError, a *TransportError or an *InvalidResponseError of package
// [github.com/apideck-community/vault-go/errors].
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	call, err := s.client.newCall("POST /vault/sessions", opts)
	if err != nil {
		return nil, err
	}
	if call.consumerID == "" {
		return nil, invalid("WithConsumerID", "is missing; give this call WithConsumerID, or set %s", EnvConsumerID)
	}
	body, err := encodeSession(session)
	if err != nil {
		return nil, err
	}
	params := gen.SessionsCreateParams{AppID: call.appID, ConsumerID: call.consumerID}
	// The generated client builds the request, the two editors complete it, and
	// call.Do makes the attempts. The answer's body ends up in call.body.
	raw := gen.Client{Server: call.base.url, Client: call}
	answer, err := raw.SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body), call.setHeaders, call.authorize)
	out := new(CreateSessionResponse)
	if _, err := receive(call, answer, err, &out.CreateSessionResponse, unusableSession); err != nil {
		return nil, err
	}
	if out.StatusCode == 0 {
		out.StatusCode = answer.StatusCode // the body does not say it
	}
	out.RequestID, out.Header, out.Attempts = answer.Header.Get("X-Apideck-Request-Id"), answer.Header, call.attempts
	return out, nil
}

// CreateSession is client.Vault.Sessions.Create as a function.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return c.Vault.Sessions.Create(ctx, session, opts...)
}
