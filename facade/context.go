package facade

import (
	"context"
	"errors"
	"fmt"
)

// errAttemptTimeout is the cause of an attempt's context that timed out.
var errAttemptTimeout = errors.New("the attempt's timeout (WithTimeout, http.Client.Timeout) or MaxElapsedTime has passed")

// contextEnded reports whether the context of an attempt is done because that of the
// call is, and not because the attempt timed out.
func contextEnded(ctx context.Context) bool {
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
