package facade

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// draws returns the smallest and the largest of 3000 waits.
func draws(policy RetryConfig, attempts int, err error) (low, high time.Duration) {
	c := &call{settings: settings{retry: policy}, attempts: attempts}
	low = math.MaxInt64
	for range 3000 {
		wait, tooLong := c.wait(err)
		if tooLong {
			return 0, math.MaxInt64
		}
		low, high = min(low, wait), max(high, wait)
	}
	return low, high
}

func TestTheBackoffDoublesWithFullJitter(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	down, limit := errors.New("down"), &apierrors.APIError{StatusCode: 429}
	fast := DefaultRetryConfig()
	fast.InitialInterval, fast.MaxInterval = ms, 4*ms
	flat := DefaultRetryConfig()
	flat.Exponent = 1
	steep := DefaultRetryConfig()
	steep.Exponent = math.MaxFloat64
	tests := []struct {
		name     string
		policy   RetryConfig
		attempts int
		err      error
		ceiling  time.Duration
	}{
		{"the first", DefaultRetryConfig(), 1, down, 100 * ms},
		{"the second", DefaultRetryConfig(), 2, down, 200 * ms},
		{"the fifth", DefaultRetryConfig(), 5, down, 1600 * ms},
		{"the seventh is capped", DefaultRetryConfig(), 7, down, 5000 * ms},
		{"the thousandth is capped", DefaultRetryConfig(), 100000, down, 5000 * ms},
		{"a 503 without a hint", DefaultRetryConfig(), 1, &apierrors.APIError{StatusCode: 503}, 100 * ms},
		{"row 41, a 429 without a hint", DefaultRetryConfig(), 1, limit, 1000 * ms},
		{"the second 429", DefaultRetryConfig(), 2, limit, 2000 * ms},
		{"a 429 under a lower cap", fast, 1, limit, 4 * ms},
		{"a wait shorter than the floor", fast, 1, down, ms},
		{"no growth", flat, 9, down, 100 * ms},
		{"growth beyond a float", steep, 9, down, 5000 * ms},
	}
	for _, r := range tests {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			low, high := draws(r.policy, r.attempts, r.err)
			floor := min(minWait, r.policy.InitialInterval)
			if low < floor || high > r.ceiling || high < r.ceiling*9/10 || low > max(r.ceiling/10, floor) {
				t.Errorf("waits are in [%v, %v], want [%v, %v] and most of it", low, high, floor, r.ceiling)
			}
		})
	}
}

func TestAHintIsAFloorOfTheWait(t *testing.T) { // row 44
	t.Parallel()
	hint := func(d time.Duration) error { return &apierrors.APIError{StatusCode: 503, RetryAfter: d} }
	if low, high := draws(DefaultRetryConfig(), 7, hint(time.Second)); low != time.Second || high < 4*time.Second {
		t.Errorf("waits are in [%v, %v], want the larger of 1s and a backoff of up to 5s", low, high)
	}
	if low, high := draws(DefaultRetryConfig(), 1, hint(30*time.Second)); low != 30*time.Second || high != low {
		t.Errorf("waits are in [%v, %v], want 30s", low, high)
	}
	if _, high := draws(DefaultRetryConfig(), 1, hint(30*time.Second+1)); high != math.MaxInt64 {
		t.Error("a hint above 30s is waited for")
	}
}

func TestRetriesFollowThePolicy(t *testing.T) {
	t.Parallel()
	change := func(f func(*RetryConfig)) Option {
		policy := DefaultRetryConfig()
		f(&policy)
		return WithRetries(policy)
	}
	ok := reply(200, goodBody)
	tests := []struct {
		name    string
		option  Option
		answers []answer
		session bool
	}{
		{"one attempt", WithRetries(RetryConfig{MaxAttempts: 1}), []answer{reply(503, "")}, false},
		{"five attempts", attemptsOnly(5), []answer{reply(503, ""), reply(503, ""), reply(503, ""), reply(503, ""), ok}, true},
		{"not after a connection error", change(func(c *RetryConfig) { c.RetryConnectionErrors = false }), []answer{fails(errors.New("reset"))}, false},
		{"still after a status", change(func(c *RetryConfig) { c.RetryConnectionErrors = false }), []answer{reply(503, ""), ok}, true},
		{"only the statuses it names", change(func(c *RetryConfig) { c.StatusCodes = []int{409} }), []answer{reply(409, ""), reply(503, "")}, false},
		{"no status", change(func(c *RetryConfig) { c.StatusCodes = nil }), []answer{reply(503, "")}, false},
	}
	for _, r := range tests {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newFaultClient(t, newScript(t, r.answers...).option())
				_, err := c.Vault.Sessions.Create(t.Context(), Session{}, r.option)
				if (err == nil) != r.session {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestNoBoundInTimeWhenThePolicyHasNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		policy := DefaultRetryConfig()
		policy.MaxElapsedTime, policy.MaxAttempts = 0, 6
		late := reply(503, "", "Retry-After", "30")
		c := newFaultClient(t, newScript(t, late, late, late, late, late, reply(200, goodBody)).option(), WithRetries(policy))
		start := time.Now()
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		outcome{session: true, attempts: 6, min: 150 * time.Second, max: 150 * time.Second}.check(t, out, err, time.Since(start))
	})
}

func TestARetryAsksForTheKeyAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := []string{"old-key-0001", "new-key-0002"}
		var sent []string
		record := func(a answer) answer {
			return func(req *http.Request) (*http.Response, error) {
				sent = append(sent, strings.Join(req.Header["Authorization"], ","))
				return a(req)
			}
		}
		asked := 0
		key := WithAPIKeyFunc(func(context.Context) (string, error) {
			asked++
			return keys[asked-1], nil
		})
		c := newFaultClient(t, newScript(t, record(reply(503, "")), record(reply(200, goodBody))).option(), key)
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Fatal(err)
		}
		if asked != 2 || sent[0] != "Bearer old-key-0001" || sent[1] != "Bearer new-key-0002" {
			t.Errorf("asked %d times, sent %q", asked, sent)
		}
	})
}

func TestAKeyThatFailsBeforeARetryCostsNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the vault of keys is down")
	for name, second := range map[string]func() (string, error){
		"an error":  func() (string, error) { return "", broken },
		"a bad key": func() (string, error) { return "Bearer x", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				key := WithAPIKeyFunc(func(context.Context) (string, error) {
					if asked++; asked == 1 {
						return canaryKey, nil
					}
					return second()
				})
				c := newFaultClient(t, newScript(t, reply(503, "")).option(), key)
				_, err := c.Vault.Sessions.Create(t.Context(), Session{})
				checkError(t, err)
				if !errors.Is(err, apierrors.ErrServer) || name == "an error" && !errors.Is(err, broken) {
					t.Errorf("the error holds not both causes: %v", err)
				}
				if retriesLeft(c) != budgetCapacity {
					t.Errorf("it cost %d tenths", budgetCapacity-retriesLeft(c))
				}
			})
		})
	}
}

func TestARetryDoesNotRepeatCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		var cookies []string
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			cookies = append(cookies, strings.Join(req.Header["Cookie"], "; "))
			return reply(503, "", "Set-Cookie", "lb=node1; Path=/")(req)
		})
		c := newFaultClient(t, WithHTTPClient(&http.Client{Transport: transport, Jar: jar}))
		c.Vault.Sessions.Create(t.Context(), Session{})
		if want := []string{"", "lb=node1", "lb=node1"}; strings.Join(cookies, "|") != strings.Join(want, "|") {
			t.Errorf("cookies %q, want %q", cookies, want)
		}
	})
}
