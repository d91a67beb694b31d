package facade_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestWithAPIKeyFunc_IsCalledForEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, down, down, session)
		if _, err := createSession(t, newClient(t, s.option(), withKeys("key-1", "key-2", "key-3"))); err != nil {
			t.Fatal(err)
		}
		if sent := s.sent("Authorization"); !slices.Equal(sent, []string{"Bearer key-1", "Bearer key-2", "Bearer key-3"}) {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestWithAPIKeyFunc_ErrorEndsTheCall(t *testing.T) {
	for attempts := range 3 {
		synctest.Test(t, func(t *testing.T) {
			keys := slices.Repeat([]string{testKey}, attempts)
			c := newClient(t, newScript(t, slices.Repeat([]roundTrip{down}, attempts)...).option(), withKeys(keys...))
			says := "WithAPIKeyFunc: the key store is sealed"
			err := outcome{is: errNoKey, attempts: attempts, max: time.Second, says: says}.check(t, c)
			if errors.Is(err, apierrors.ErrServer) != (attempts > 0) {
				t.Errorf("the last failure is not in %v", err)
			}
			wantBudget(t, c, facade.BudgetCapacity-float64(max(attempts-1, 0)))
		})
	}
}

func TestWithAPIKeyFunc_ErrorHasTheCauseOfTheContext(t *testing.T) { // row 84
	left := errors.New("the customer left")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := newClient(t, newScript(t).option(), facade.WithAPIKeyFunc(func(ctx context.Context) (string, error) {
		cancel(left)
		return "", ctx.Err()
	}))
	if err := (outcome{is: left, max: time.Second}).checkContext(ctx, t, c); !errors.Is(err, context.Canceled) {
		t.Errorf("context.Canceled is not in %v", err)
	}
}

func TestWithAPIKeyFunc_PanicReachesTheCaller(t *testing.T) { // row 85
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, newScript(t, down, down).option(), withKeys(testKey))
		defer func() {
			if recover() != "key store" {
				t.Error("the panic does not reach the caller")
			}
			if _, err := createSession(t, c, withAttempts(1)); err == nil { // no lock is held
				t.Error("no error from a transport that is down")
			}
		}()
		asked := 0
		createSession(t, c, facade.WithAPIKeyFunc(func(context.Context) (string, error) {
			if asked++; asked > 1 {
				panic("key store")
			}
			return testKey, nil
		}))
	})
}

func TestWithAPIKeyFunc_InvalidKey(t *testing.T) {
	for _, key := range []string{"", testKey + "\n", "Bearer " + testKey} {
		synctest.Test(t, func(t *testing.T) {
			for attempts, steps := range [][]roundTrip{{}, {down}} { // at once, and when the key has changed
				c := newClient(t, newScript(t, steps...).option(), withKeys([]string{"key-1", key}[1-attempts:]...))
				err := outcome{is: errAny, attempts: attempts, max: backoff}.check(t, c)
				invalid, ok := errors.AsType[*apierrors.ValidationError](err)
				if !ok || invalid.Field != "WithAPIKeyFunc" || errors.Is(err, apierrors.ErrServer) != (attempts > 0) {
					t.Errorf("got %v", err)
				}
				wantBudget(t, c, facade.BudgetCapacity)
			}
		})
	}
}

func TestWithTimeout_TooShortToSend(t *testing.T) { // such as 15, without a unit
	c := newClient(t, newScript(t).option())
	want := outcome{is: context.DeadlineExceeded, max: time.Minute}
	want.says = "not sent: context deadline exceeded: the attempt's timeout (WithTimeout) or MaxElapsedTime"
	for _, opt := range []facade.Option{
		facade.WithTimeout(15), withRetries(func(c *facade.RetryConfig) { c.MaxElapsedTime = 15 }),
	} {
		want.check(t, c, opt)
	}
}

func TestWithAPIKeyFunc_CountsTowardsTheTimeout(t *testing.T) {
	for _, test := range []struct {
		key  string
		err  error // nil: the context's
		want error
	}{
		{"", nil, context.DeadlineExceeded}, {testKey, nil, context.DeadlineExceeded}, {"", errNoKey, errNoKey},
	} {
		synctest.Test(t, func(t *testing.T) {
			slow := facade.WithAPIKeyFunc(func(ctx context.Context) (string, error) {
				<-ctx.Done()
				if test.key == "" && test.err == nil {
					return "", ctx.Err()
				}
				return test.key, test.err
			})
			c := newClient(t, newScript(t).option(), facade.WithTimeout(3*time.Second), slow)
			outcome{is: test.want, min: 3 * time.Second, max: 3 * time.Second}.check(t, c)
		})
	}
}
