package errors

import (
	"context"
	"errors"
)

// TransportError means that there is no complete response: the network or a
// middleware failed, the response was cut short, an attempt timed out, the
// context was done, or WithAPIKeyFunc returned no valid key.
// [errors.Is] finds the cause, such as context.Canceled,
// context.DeadlineExceeded or syscall.ECONNREFUSED. If an attempt had failed
// before the context was done, its failure is in the chain too, so that
// errors.AsType[*APIError] finds its status.
type TransportError struct {
	Op         string `json:"op"`          // the operation, such as "POST /vault/sessions"
	Attempts   int    `json:"attempts"`    // attempts made; 0 if the call ended before the first
	NotRetried string `json:"not_retried"` // why the call stopped before MaxAttempts, else ""
	Err        error  `json:"err"`         // the cause
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
	cause, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && cause.Timeout() && !errors.Is(e.Err, context.Canceled)
}
