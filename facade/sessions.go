package facade

import (
	"bytes"
	"context"
	"errors"

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
// The error is of package [github.com/apideck-community/vault-go/errors]. If the
// input is not valid, nothing is sent, and the error joins a *ValidationError for
// each problem. Otherwise it is an *APIError, a *TransportError or an
// *InvalidResponseError.
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	if s == nil {
		s = new(Sessions) // reported by newCall
	}
	call, err := s.client.newCall(ctx, "POST /vault/sessions", opts)
	body, invalid := encodeSession(session)
	if err := errors.Join(err, call.requireConsumerID(), invalid); err != nil {
		return nil, err
	}
	out := new(CreateSessionResponse)
	call.out, call.unusable = &out.CreateSessionResponse, unusableSession
	params := gen.SessionsCreateParams{AppID: call.appID.value, ConsumerID: call.consumerID.value}
	resp, err := call.raw.SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.StatusCode, out.Header, out.Attempts = resp.StatusCode, resp.Header, call.attempts
	out.RequestID = resp.Header.Get(apierrors.RequestIDHeader)
	return out, nil
}

// CreateSession is client.Vault.Sessions.Create as a function.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return (&Sessions{client: c}).Create(ctx, session, opts...)
}
