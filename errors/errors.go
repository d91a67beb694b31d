package errors

import (
	"context"
	"errors"
	"net/http"
)

// TransportError means that there is no complete response: the network or a
// middleware failed, the response was cut short, an attempt timed out, the
// context was done, or WithAPIKeyFunc returned no valid key.
//
// [errors.Is] finds the cause, such as context.Canceled,
// context.DeadlineExceeded or syscall.ECONNREFUSED. If an attempt had failed
// before the context was done, or before WithAPIKeyFunc failed, its failure is in
// the chain too, so that errors.AsType[*APIError] finds its status.
type TransportError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	Attempts   int    // attempts made; 0 if the call ended before the first
	NotRetried string // why a retry that the policy allows was not made, else ""
	Err        error  // the cause
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: dial tcp 127.0.0.1:1: connect: connection refused (3 attempts)
func (e *TransportError) Error() string {
	cause := "no response"
	if e.Err != nil {
		cause = clean(e.Err.Error(), 300)
	}
	if e.Attempts == 0 {
		cause = "not sent: " + cause
	}
	return message(e.Op, cause, attemptsNote(e.Attempts), part("not retried: ", e.NotRetried, 100))
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Timeout reports whether a timeout is in the chain: of the connection, of an
// attempt, or of the context. It is false if the context was canceled.
func (e *TransportError) Timeout() bool {
	if errors.Is(e.Err, context.Canceled) {
		return false
	}

	cause, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && cause.Timeout()
}

// MarshalText returns the message, so that the JSON of e is a string.
func (e *TransportError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// InvalidResponseError means that a response with a success status, or 101, has
// no usable result, which is a session for Sessions.Create. It may be the page of a
// captive portal, an empty body, or the session of another consumer. The API may
// have created a session nevertheless.
type InvalidResponseError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	StatusCode int    // the HTTP status
	RequestID  string // header [RequestIDHeader], "" when absent
	Reason     string // what is wrong with the response, without quoting the body
	Attempts   int    // attempts made
	Err        error  // the underlying error, or nil

	body body
}

// NewInvalidResponseError returns the error for a response whose body has been
// read and closed. The facade calls it and sets Op, Reason, Attempts and Err.
func NewInvalidResponseError(resp *http.Response, body []byte) *InvalidResponseError {
	return &InvalidResponseError{
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get(RequestIDHeader),
		body:       keep(body),
	}
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: invalid response: 200 OK, but session_uri is missing or not a string (request id abc)
func (e *InvalidResponseError) Error() string {
	text := "invalid response: " + statusLine(e.StatusCode, "") + part(", but ", e.Reason, 200)
	return message(e.Op, text, part("request id ", e.RequestID, 100), attemptsNote(e.Attempts))
}

// Unwrap returns the underlying error, or nil.
func (e *InvalidResponseError) Unwrap() error { return e.Err }

// Body returns what was read of the response's body, at most the first MiB, with the
// API key redacted. It may hold a session token: do not log it. Do not modify it.
func (e *InvalidResponseError) Body() []byte { return e.body.bytes() }

// MarshalText returns the message, so that the JSON of e is a string.
func (e *InvalidResponseError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// ValidationError means that an option or the session is not valid. New and Create
// return it before anything is sent, joined with every other one; [errors.AsType]
// finds the first. As the cause of a *TransportError it means that WithAPIKeyFunc
// returned a key that is not valid.
type ValidationError struct {
	// Field is the option, environment variable or argument, such as
	// "WithAPIKey", or the field's JSON name, such as "settings.session_length".
	// It is "session" for the whole session.
	Field  string
	Reason string // what is wrong and how to fix it; never the value of a secret
}

// Error returns one line:
//
//	apideck: WithAppID: missing; use this option or set APIDECK_APP_ID
func (e *ValidationError) Error() string { return message(e.Field, e.Reason) }

// MarshalText returns the message, so that the JSON of e is a string.
func (e *ValidationError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// body is the body of a response. It is a function so that fmt does not print the
// bytes, whatever the verb: fmt calls no methods of unexported fields.
type body func() []byte

func keep(b []byte) body { return func() []byte { return b } }

func (b body) bytes() []byte {
	if b == nil {
		return nil
	}
	return b()
}
