package facade

import (
	"bytes"
	"context"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/gen"
)

// Sessions creates Hosted Vault sessions.
type Sessions struct {
	client *Client
}

// Create creates a session for the consumer of [WithConsumerID] and returns its
// URI and token. Redirect the consumer's browser to Data.SessionURI. The zero
// Session takes every default of the API.
//
// The call creates the consumer if it does not exist yet. It is retried as the
// package documentation says; a repeated call creates one more token and changes
// nothing else.
//
// The error is of package [github.com/apideck-community/vault-go/errors]: one
// *ValidationError or several, joined, if nothing was sent; else an *APIError, a
// *TransportError or an *InvalidResponseError.
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	if s == nil {
		s = new(Sessions) // reported by newCall
	}
	call, err := s.client.newCall(ctx, "POST /vault/sessions", opts)
	missing := call.requireConsumerID()
	body, invalid := encodeSession(session)
	if err != nil || missing != nil || invalid != nil {
		return nil, join(err, missing, invalid)
	}
	out := new(CreateSessionResponse)
	decodeInto(call, &out.CreateSessionResponse, unusableSession)
	params := gen.SessionsCreateParams{AppID: call.appID, ConsumerID: call.consumerID}
	resp, err := call.raw().SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if out.StatusCode == 0 {
		out.StatusCode = resp.StatusCode // the body does not have it
	}
	out.RequestID, out.Header, out.Attempts = resp.Header.Get(apierrors.RequestIDHeader), resp.Header, call.attempts
	return out, nil
}

// CreateSession is client.Vault.Sessions.Create as a function.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return (&Sessions{client: c}).Create(ctx, session, opts...)
}
