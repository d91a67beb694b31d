package facade

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/gen"
)

// Sessions creates Hosted Vault sessions.
type Sessions struct {
	client *Client
}

// Create creates a session for the consumer given by [WithConsumerID], which is
// required, and returns its URI and token. Redirect the consumer's browser to
// Data.SessionURI. The zero Session uses the defaults of the API.
//
// Create also creates the consumer if it does not exist. It retries as described
// in the package documentation; a repeated request creates one more token and
// changes nothing else.
//
// If the input is not valid, nothing is sent, and the error joins an
// [apierrors.ValidationError] for each problem. Any other error is an
// [apierrors.APIError], [apierrors.TransportError] or
// [apierrors.InvalidResponseError].
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	call, optionsErr := s.client.newCall("POST /vault/sessions", opts)
	body, encodeErr := encodeSession(session)
	err := errors.Join(optionsErr, call.requireConsumerID(), encodeErr)
	if err != nil {
		return nil, err
	}

	// The generated client makes the request and sends it with call.Do.
	params := gen.SessionsCreateParams{AppID: call.appID.value, ConsumerID: call.consumerID.value}
	resp, err := call.generated.SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}

	out := new(CreateSessionResponse)
	err = call.decode(resp, &out.CreateSessionResponse) // the generated part of out
	if err == nil {
		err = call.checkSession(resp, out.Data)
	}
	if err != nil {
		return nil, err
	}

	out.StatusCode = resp.StatusCode // the body's status_code may differ
	out.RequestID = resp.Header.Get(apierrors.RequestIDHeader)
	out.Header = resp.Header
	out.Attempts = call.attempts
	return out, nil
}

// CreateSession is [Sessions.Create] as a function, for code that passes it on as a
// value. It calls c.Vault.Sessions.Create.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return c.Vault.Sessions.Create(ctx, session, opts...)
}

// maxRequestBody limits a session, which is usually a few hundred bytes. Only
// custom_consumer_settings can be larger.
const maxRequestBody = 256 << 10

// encodeSession validates the session and encodes it. It does not check the values
// of enums: the API may know more of them than this version.
func encodeSession(session Session) ([]byte, error) {
	lengthErr := checkSessionLength(session.Settings.SessionLength)

	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a redirect URI is sent as it is
	err := enc.Encode(session)
	if err != nil { // the other fields are strings and booleans, which always encode
		err = invalid("custom_consumer_settings", "cannot be encoded as JSON: %v", err)
		return nil, errors.Join(err, lengthErr)
	}

	body := bytes.TrimSpace(buf.Bytes())
	if len(body) > maxRequestBody {
		err = invalid("session", "must be at most %d bytes of JSON, not %d", maxRequestBody, len(body))
	}
	return body, errors.Join(err, lengthErr)
}
