package errors

import (
	"context"
	"errors"
)

// TransportError means that there is no complete response: the network failed,
// the response was cut short, an attempt timed out, or the context was done.
// [errors.Is] finds the cause, such as context.Canceled,
// context.DeadlineExceeded or syscall.ECONNREFUSED. If an attempt had failed
// before the context was done, its failure is in the chain too, so that
// errors.AsType[*APIError] finds its status.
type TransportError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	Attempts   int    // attempts made; 0 if nothing was sent
	NotRetried string // why the client stopped before MaxAttempts on an error that it retries, else ""
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
	return message(e.Op, cause, attempts(e.Attempts), part("not retried: ", e.NotRetried, 100))
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Timeout reports whether the cause is a timeout: of the connection, of an
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
