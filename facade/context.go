package facade

import (
	"context"
	"errors"
	"fmt"
)

// The causes of an attempt's context. net/http may return them instead of
// context.DeadlineExceeded.
var (
	errAttemptTimeout error = timeoutError("the attempt's timeout (WithTimeout, http.Client.Timeout) has passed")
	errMaxElapsedTime error = timeoutError("MaxElapsedTime has passed")
)

// timeoutError is the text of an error that is a context.DeadlineExceeded.
type timeoutError string

func (e timeoutError) Error() string        { return string(e) }
func (e timeoutError) Timeout() bool        { return true }
func (e timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// callEnded reports whether the context of an attempt is done because the call is to
// end, and not because the attempt timed out.
func callEnded(ctx context.Context) bool {
	return ctx.Err() != nil && context.Cause(ctx) != errAttemptTimeout
}

// contextError returns the error of ctx and, if there is one, its cause.
func contextError(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == ctx.Err() {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

// isContextError reports whether a function ended because ctx is done: err is nil,
// because it ignored that, or has one of the error and the cause of ctx.
func isContextError(ctx context.Context, err error) bool {
	return err == nil || errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))
}
