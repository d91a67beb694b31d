package facade

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// net/http returns the cause of a context instead of its error.
func TestWithTimeout_IsADeadlineForMiddleware(t *testing.T) {
	bubble(t, func(t *testing.T) {
		transport := newTransport()
		transport.DialContext = pipes(everyConn(silence))
		var seen error
		c := newClient(t, overHTTP, WithTimeout(time.Second), WithRetries(noRetry),
			WithHTTPClient(&http.Client{Transport: transport}),
			withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				resp, err := next.RoundTrip(req)
				seen = err
				return resp, err
			}))
		aTransportError(1, "attempt timed out after 1s").check(t, c)
		checkIs(t, seen, context.DeadlineExceeded)
		if !os.IsTimeout(seen) {
			t.Errorf("%v is no timeout", seen)
		}
	})
}

// A key that is fetched over HTTP, with the context that the function gets.
func TestWithAPIKeyFunc_ContextIsDone(t *testing.T) {
	fetch := func(ctx context.Context) (string, error) {
		transport := newTransport()
		transport.DialContext = pipes(everyConn(silence))
		req, err := http.NewRequestWithContext(ctx, "GET", "http://keys.test", http.NoBody)
		if err != nil {
			return "", err
		}
		_, err = (&http.Client{Transport: transport}).Do(req)
		return "", err
	}
	shutdown := errors.New("shutdown")

	tests := []struct {
		name     string
		canceled bool
		is       []error
	}{
		{"by the timeout", false, []error{context.DeadlineExceeded}},
		{"by the caller, with a cause", true, []error{context.Canceled, shutdown}},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			c := newClient(t, newScript(t).option(), WithAPIKeyFunc(fetch), WithTimeout(time.Second))
			ctx, cancel := context.WithCancelCause(t.Context())
			if test.canceled {
				time.AfterFunc(time.Millisecond, func() { cancel(shutdown) })
			}
			err := aTransportError(0, "WithAPIKeyFunc").checkContext(ctx, t, c)
			cancel(nil)

			checkIs(t, err, test.is...)
			transportErr, _ := errors.AsType[*apierrors.TransportError](err)
			if transportErr.Timeout() == test.canceled {
				t.Errorf("Timeout is %v", transportErr.Timeout())
			}
			if apierrors.Temporary(err) == test.canceled {
				t.Errorf("Temporary is %v", apierrors.Temporary(err))
			}
		})
	}
}

// The status of the attempt before the one that is cut off is not lost.
func TestRetryConfig_MaxElapsedTimeKeepsTheStatus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newClient(t, newScript(t, down, hang).option(),
			withRetries(func(c *RetryConfig) { c.MaxElapsedTime = time.Second }))
		err := aTransportError(2, "MaxElapsedTime has passed; previous attempt: ").check(t, c)
		checkIs(t, err, context.DeadlineExceeded, apierrors.ErrServer)
		checkBudget(t, c, budgetCapacity-1) // the retry took the time of the API
	})
}

// A retry that is not sent, or that the caller cancels, is given back, whatever the
// attempt before ended in.
func TestRetryBudget_CanceledAfterATimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		closesTab := func(req *http.Request) (*http.Response, error) {
			cancel()
			return hang(req)
		}
		c := newClient(t, newScript(t, hang, closesTab).option(), WithTimeout(time.Second))
		c.budget.retries = 50
		err := aTransportError(2, "context canceled; previous attempt: ").checkContext(ctx, t, c)
		checkIs(t, err, context.Canceled)
		checkBudget(t, c, 50.1) // what a second adds
	})
}
