package facade

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// counted is a transport that counts its requests.
func counted(n *atomic.Int64, a answer) transportFunc {
	return func(req *http.Request) (*http.Response, error) {
		n.Add(1)
		return a(req)
	}
}

func TestAnOutageIsNotMultiplied(t *testing.T) { // row 59
	t.Parallel()
	failures := map[string]answer{"503": reply(503, ""), "refused": fails(refused), "429": reply(429, "", "Retry-After", "1")}
	for name, failure := range failures {
		for _, calls := range []int64{100, 1000, 10000} {
			if name != "503" && calls > 1000 {
				continue
			}
			t.Run(fmt.Sprintf("row 59 %s %d calls", name, calls), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var sent atomic.Int64
					c := newFaultClient(t, counted(&sent, failure).option(), WithLogger(nil))
					var last error
					for range calls {
						_, last = c.Vault.Sessions.Create(t.Context(), Session{})
					}
					if sent.Load() != calls+10 {
						t.Errorf("%d attempts for %d calls, want %d", sent.Load(), calls, calls+10)
					}
					t.Logf("figure: outage (%s): %d attempts for %d calls", name, sent.Load(), calls)
					checkError(t, last)
					if !strings.Contains(last.Error(), "retry budget spent") || attemptsOf(last) != 1 {
						t.Errorf("the last error does not say why there was no retry: %v", last)
					}
				})
			})
		}
	}
	t.Run("row 59 1000 calls at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var sent atomic.Int64
			c := newFaultClient(t, counted(&sent, reply(500, "")).option())
			var wg sync.WaitGroup
			for range 1000 {
				wg.Go(func() { c.Vault.Sessions.Create(t.Context(), Session{}) })
			}
			wg.Wait()
			if sent.Load() != 1010 {
				t.Errorf("%d attempts for 1000 calls, want 1010", sent.Load())
			}
		})
	})
	t.Run("row 59 200 without a session, behind 503", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var sent atomic.Int64
			c := newFaultClient(t, counted(&sent, func(req *http.Request) (*http.Response, error) {
				if sent.Load()%2 == 1 {
					return reply(503, "")(req)
				}
				return reply(200, "<html>down for maintenance")(req)
			}).option())
			for range 100 {
				c.Vault.Sessions.Create(t.Context(), Session{})
			}
			if sent.Load() != 110 {
				t.Errorf("%d attempts for 100 calls, want 110", sent.Load())
			}
		})
	})
}

// success returns the share of calls that end in a session when each attempt
// fails with the given probability. The seed is fixed: the figure is a count.
func success(t *testing.T, c *Client, rate *float64, p float64, calls int) float64 {
	*rate = p
	sessions := 0
	for range calls {
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err == nil {
			sessions++
		}
	}
	return float64(sessions) / float64(calls)
}

func TestTheBudgetLetsAPartialOutageThrough(t *testing.T) { // rows 60 and 61
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var rate float64
		attempts, failed := 0, 0
		c := newFaultClient(t, WithLogger(nil), transportFunc(func(req *http.Request) (*http.Response, error) {
			attempts++
			if random.Float64() < rate {
				failed++
				return reply(503, "")(req)
			}
			return reply(200, goodBody)(req)
		}).option())

		partial := success(t, c, &rate, 0.30, 1000)
		t.Logf("figure: 30 %% failures: %.3f of 1000 calls succeed, %d attempts", partial, attempts)
		if partial < 0.85 {
			t.Errorf("row 60: success %.3f", partial)
		}
		if success(t, c, &rate, 1, 200); retriesLeft(c) >= budgetRetry {
			t.Errorf("row 61: the outage left %d tenths", retriesLeft(c))
		}
		recovering := success(t, c, &rate, 0.02, 500)
		recovered := success(t, c, &rate, 0.02, 10000)
		t.Logf("figure: after the outage, 2 %% faults: %.4f in the first 500 calls, %.4f in the 10000 that follow", recovering, recovered)
		if recovered < 0.999 {
			t.Errorf("row 61: success %.4f", recovered)
		}
	})
}

func TestTheBudgetGivesBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script []answer
		left   int64 // of 0 tenths before, or of 20 when the script needs a retry
		before int64
	}{
		{"a tenth for a call that succeeds at once", []answer{reply(200, goodBody)}, 1, 0},
		{"a retry that succeeds", []answer{reply(503, ""), reply(200, goodBody)}, 20, 20},
		{"the last of two retries", []answer{reply(503, ""), reply(503, ""), reply(200, goodBody)}, 10, 20},
		{"nothing for a refusal", []answer{reply(400, "")}, 20, 20},
		{"nothing for a retry that is refused", []answer{reply(503, ""), reply(400, "")}, 10, 20},
		{"nothing for a success status without a session", []answer{reply(200, "{}")}, 20, 20},
		{"nothing above ten retries", []answer{reply(200, goodBody)}, budgetCapacity, budgetCapacity},
	}
	for _, r := range tests {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newFaultClient(t, newScript(t, r.script...).option())
				c.budget.tenths.Store(r.before)
				c.Vault.Sessions.Create(t.Context(), Session{})
				if retriesLeft(c) != r.left {
					t.Errorf("%d tenths left, want %d", retriesLeft(c), r.left)
				}
			})
		})
	}
}

func TestTheBudgetHoldsTenRetriesAtMost(t *testing.T) {
	t.Parallel()
	b := newBudget()
	b.take()
	b.succeeded(1) // another call, while the retry is under way
	if b.succeeded(2); b.tenths.Load() != budgetCapacity {
		t.Errorf("it holds %d tenths", b.tenths.Load())
	}
}

func TestTheBudgetIsOfTheClientNotOfTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := transportFunc(fails(errors.New("down")))
		one, other := newFaultClient(t, down.option()), newFaultClient(t, down.option())
		for range 100 {
			one.Vault.Sessions.Create(t.Context(), Session{}, WithConsumerID("another"))
		}
		if retriesLeft(one) != 0 || retriesLeft(other) != budgetCapacity {
			t.Errorf("%d and %d tenths left", retriesLeft(one), retriesLeft(other))
		}
		_, err := one.Vault.Sessions.Create(t.Context(), Session{})
		if e, ok := err.(*apierrors.TransportError); !ok || e.NotRetried != "retry budget spent" {
			t.Errorf("got %v", err)
		}
	})
}
