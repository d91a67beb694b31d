package facade_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestWithRetries_FollowsThePolicy(t *testing.T) {
	noConnectionErrors := withRetries(func(c *facade.RetryConfig) { c.RetryConnectionErrors = false })
	statuses := func(codes ...int) facade.Option {
		return withRetries(func(c *facade.RetryConfig) { c.StatusCodes = codes })
	}
	once := facade.RetryConfig{MaxAttempts: 1}
	for name, test := range map[string]struct {
		option  facade.Option
		steps   []roundTrip
		session bool
	}{
		"one attempt":                     {facade.WithRetries(once), []roundTrip{down}, false},
		"five attempts":                   {withAttempts(5), []roundTrip{down, down, down, down, session}, true},
		"not after a connection error":    {noConnectionErrors, []roundTrip{refused}, false},
		"but after a status":              {noConnectionErrors, []roundTrip{down, session}, true},
		"only the statuses of the policy": {statuses(409), []roundTrip{respond(409, ""), down}, false},
		"no status":                       {statuses(), []roundTrip{down}, false},
	} {
		inBubble(t, name, func(t *testing.T) {
			_, err := createSession(t, newClient(t, newScript(t, test.steps...).option()), test.option)
			if (err == nil) != test.session {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWithRetries_CopiesTheStatusCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := facade.DefaultRetryConfig()
		c := newClient(t, newScript(t, down, session).option(), facade.WithRetries(config))
		clear(config.StatusCodes)
		outcome{session: true, attempts: 2, max: backoff}.check(t, c)
	})
}

func TestRetryConfig_MaxElapsedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // bounds the last attempt too
		bounded := withRetries(func(c *facade.RetryConfig) { c.MaxElapsedTime = 20 * time.Second })
		c := newClient(t, roundTrip(hang).option(), bounded)
		outcome{is: context.DeadlineExceeded, attempts: 2, min: 20 * time.Second, max: 20 * time.Second}.check(t, c)
	})
	synctest.Test(t, func(t *testing.T) { // 0 is no bound
		late := respond(503, "", "Retry-After", "30")
		unbounded := withRetries(func(c *facade.RetryConfig) { c.MaxElapsedTime, c.MaxAttempts = 0, 6 })
		c := newClient(t, newScript(t, late, late, late, late, late, session).option(), unbounded)
		outcome{session: true, attempts: 6, min: 150 * time.Second, max: 160 * time.Second}.check(t, c)
	})
}

// delays returns the shortest and the longest of 3000 delays.
func delays(policy facade.RetryConfig, attempt int, err error) (low, high time.Duration) {
	low = math.MaxInt64
	for range 3000 {
		delay := facade.Backoff(policy, attempt, err)
		low, high = min(low, delay), max(high, delay)
	}
	return low, high
}

func TestRetryConfig_BackoffDoublesWithFullJitter(t *testing.T) {
	const ms = time.Millisecond
	broken, limited := errors.New("broken"), &apierrors.APIError{StatusCode: 429}
	fast, flat, steep := facade.DefaultRetryConfig(), facade.DefaultRetryConfig(), facade.DefaultRetryConfig()
	fast.InitialInterval, fast.MaxInterval = ms, 4*ms
	flat.Exponent, steep.Exponent = 1, math.MaxFloat64
	for name, test := range map[string]struct {
		policy  facade.RetryConfig
		attempt int
		err     error
		ceiling time.Duration
	}{
		"first":                  {facade.DefaultRetryConfig(), 1, broken, 100 * ms},
		"second":                 {facade.DefaultRetryConfig(), 2, broken, 200 * ms},
		"seventh":                {facade.DefaultRetryConfig(), 7, broken, 5000 * ms},
		"429":                    {facade.DefaultRetryConfig(), 1, limited, 1000 * ms},
		"second 429":             {facade.DefaultRetryConfig(), 2, limited, 2000 * ms},
		"429 with a lower cap":   {fast, 1, limited, 4 * ms},
		"shorter than the least": {fast, 1, broken, ms},
		"no growth":              {flat, 9, broken, 100 * ms},
		"growth beyond a float":  {steep, 9, broken, 5000 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			low, high := delays(test.policy, test.attempt, test.err)
			floor := min(facade.MinBackoff, test.policy.InitialInterval)
			if low < floor || high > test.ceiling || high < test.ceiling*9/10 || low > max(test.ceiling/10, floor*11/10) {
				t.Errorf("delays are in [%v, %v], want [%v, %v] and most of it", low, high, floor, test.ceiling)
			}
		})
	}
}

func TestWithRetries_AcceptsTheBounds(t *testing.T) {
	t.Parallel()
	policy := facade.RetryConfig{
		MaxAttempts: 2, InitialInterval: 1, MaxInterval: 1, Exponent: 1, StatusCodes: []int{400, 599},
	}
	if _, err := createSession(t, newClient(t, session.option()), facade.WithRetries(policy)); err != nil {
		t.Error(err)
	}
}
