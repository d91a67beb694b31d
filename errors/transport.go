package errors

import (
	"context"
	"errors"
)

// TransportError means that no usable answer came: the network failed, the
// answer broke off, an attempt timed out, or the context ended. [errors.Is]
// finds the cause: context.Canceled, context.DeadlineExceeded,
// syscall.ECONNREFUSED, … When the context ended between two attempts, the
// last attempt's failure is in the chain too, so that
// errors.AsType[*APIError] still finds its status.
type TransportError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	Attempts   int    // attempts made; 0: none was begun
	NotRetried string // why the client stopped early though another attempt might have helped, else ""
	Err        error  // the cause
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: no answer: dial tcp 127.0.0.1:1: connect: connection refused (3 attempts)
func (e *TransportError) Error() string {
	text := "no answer"
	if e.Attempts == 0 {
		text = "not sent"
	}
	if e.Err != nil {
		text += colon(clean(e.Err.Error(), 300))
	}
	return message(e.Op, text, attempts(e.Attempts), notRetried(e.NotRetried))
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Timeout reports whether the cause is a time limit: of the connection, of an
// attempt, or of the context. A call that was cancelled is no timeout, whatever
// its last attempt was.
func (e *TransportError) Timeout() bool {
	if errors.Is(e.Err, context.Canceled) {
		return false
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout()
}
