package facade

import (
	"context"
	"errors"
	"fmt"
)

// errAttemptTimeout is the cause of an attempt's context that timed out.
var errAttemptTimeout = errors.New("the attempt's timeout (WithTimeout) or MaxElapsedTime has passed")

// contextError returns the error of ctx and, if there is one, its cause.
func contextError(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == ctx.Err() {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}
