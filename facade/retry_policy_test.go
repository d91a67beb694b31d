package facade

import (
	"errors"
	"math"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestWithRetries_InvalidValues(t *testing.T) {
	tests := []struct {
		change func(*RetryConfig)
		reason string
	}{
		{func(c *RetryConfig) { *c = RetryConfig{} }, "MaxAttempts must be at least 1, which means no retry"},
		{func(c *RetryConfig) { c.InitialInterval = 0 }, "InitialInterval"},
		{func(c *RetryConfig) { c.MaxInterval = 1 }, "MaxInterval"},
		{func(c *RetryConfig) { c.Exponent = 0.5 }, "Exponent"},
		{func(c *RetryConfig) { c.Exponent = math.NaN() }, "Exponent"},
		{func(c *RetryConfig) { c.Exponent = math.Inf(1) }, "Exponent"},
		{func(c *RetryConfig) { c.MaxElapsedTime = -1 }, "MaxElapsedTime"},
		{func(c *RetryConfig) { c.StatusCodes = []int{399} }, "StatusCodes"},
		{func(c *RetryConfig) { c.StatusCodes = []int{600} }, "StatusCodes"},
		{func(c *RetryConfig) { c.StatusCodes, c.RetryConnectionErrors = nil, false }, "nothing would be retried"}, // row 97
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			checkOption(t, "WithRetries", withRetries(test.change), test.reason)
		})
	}
}

func TestWithRetries_ValidValues(t *testing.T) {
	const ns = time.Nanosecond
	for _, policy := range []RetryConfig{
		DefaultRetryConfig(),
		{MaxAttempts: 1},
		{MaxAttempts: 2, InitialInterval: ns, MaxInterval: ns, Exponent: 1, StatusCodes: []int{400, 599}},
		{MaxAttempts: 2, InitialInterval: ns, MaxInterval: ns, Exponent: 1, RetryConnectionErrors: true},
	} {
		if err := policy.validate(); err != nil {
			t.Errorf("%+v: %v", policy, err)
		}
	}
}

func TestWithRetries_CopiesTheStatusCodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		policy := DefaultRetryConfig()
		c := newClient(t, newScript(t, down, session).option(), WithRetries(policy))
		clear(policy.StatusCodes)
		aSession(2).check(t, c)
	})
}

// The limit itself is tested in TestSessionsCreate_Deadline.
func TestRetryConfig_MaxElapsedTimeZeroIsNoLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		late := respond(503, "", "Retry-After", "30")
		unlimited := withRetries(func(c *RetryConfig) { c.MaxElapsedTime, c.MaxAttempts = 0, 6 })
		c := newClient(t, newScript(t, late, late, late, late, late, session).option(), unlimited)
		aSession(6).checkTimed(t, c, span{150 * time.Second, 160 * time.Second})
	})
}

func TestRetryConfigBackoff(t *testing.T) {
	const ms = time.Millisecond
	broken, limited := errors.New("broken"), &apierrors.APIError{StatusCode: 429}
	hinted := &apierrors.APIError{StatusCode: 429, RetryAfter: time.Second}
	standard := DefaultRetryConfig()
	fast, flat, steep := standard, standard, standard
	fast.InitialInterval, fast.MaxInterval = ms, 4*ms
	flat.Exponent, steep.Exponent = 1, math.MaxFloat64
	tests := []struct {
		name           string
		policy         RetryConfig
		retries        int
		err            error
		floor, ceiling time.Duration
	}{
		{"the first", standard, 0, broken, 10 * ms, 100 * ms},
		{"the second", standard, 1, broken, 10 * ms, 200 * ms},
		{"the seventh", standard, 6, broken, 10 * ms, 5000 * ms},
		{"429", standard, 0, limited, 10 * ms, 1000 * ms},
		{"the second 429", standard, 1, limited, 10 * ms, 2000 * ms},
		{"429 with Retry-After", standard, 0, hinted, 10 * ms, 100 * ms},
		{"429 with a lower cap", fast, 0, limited, ms, 4 * ms},
		{"shorter than the floor", fast, 0, broken, ms, ms},
		{"no growth", flat, 8, broken, 10 * ms, 100 * ms},
		{"growth beyond a float", steep, 8, broken, 10 * ms, 5000 * ms},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			low, high := time.Duration(math.MaxInt64), time.Duration(0)
			for range 3000 {
				backoff := test.policy.backoff(test.retries, test.err)
				low, high = min(low, backoff), max(high, backoff)
			}
			inRange := low >= test.floor && high <= test.ceiling
			mostOfIt := test.floor + (test.ceiling-test.floor)*9/10
			leastOfIt := test.floor + (test.ceiling-test.floor)/10
			if !inRange || low > leastOfIt || high < mostOfIt {
				t.Errorf("backoffs are in [%v, %v], want most of [%v, %v]", low, high, test.floor, test.ceiling)
			}
		})
	}
}
