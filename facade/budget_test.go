package facade_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// counted counts the requests of next.
func counted(n *atomic.Int64, next roundTrip) facade.Option {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		n.Add(1)
		return next(req)
	}).option()
}

func TestSessionsCreate_DoesNotMultiplyAnOutage(t *testing.T) {
	for _, test := range []struct {
		name       string
		transport  roundTrip
		calls      int64
		concurrent bool
	}{
		{"503", down, 100, false}, {"503", down, 1000, false}, {"503", down, 10000, false}, {"503 at once", down, 1000, true},
		{"connection refused", refused, 1000, false}, {"429", respond(429, "", "Retry-After", "1"), 100, false},
	} {
		inBubble(t, fmt.Sprintf("row 59 %s, %d calls", test.name, test.calls), func(t *testing.T) {
			var sent atomic.Int64
			c := newClient(t, counted(&sent, test.transport), facade.WithLogger(nil))
			start := time.Now()
			var wg sync.WaitGroup
			var last error
			for range test.calls {
				if test.concurrent {
					wg.Go(func() { createSession(t, c) })
				} else {
					_, last = createSession(t, c)
				}
			}
			wg.Wait()
			least := test.calls + facade.BudgetCapacity
			if most := least + int64(time.Since(start)/(10*time.Second)); sent.Load() < least || sent.Load() > most {
				t.Errorf("%d attempts for %d calls, want %d to %d", sent.Load(), test.calls, least, most)
			}
			t.Logf("figure: outage (%s): %d attempts for %d calls", test.name, sent.Load(), test.calls)
			if test.concurrent {
				return
			}
			if !strings.Contains(last.Error(), "retry budget") || attemptsOf(last) != 1 {
				t.Errorf("the last error does not say why there was no retry: %v", last)
			}
		})
	}
}

func TestSessionsCreate_SucceedsInAPartialOutage(t *testing.T) { // rows 60 and 61
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2)) // a fixed seed: the figures are counts
		var rate float64
		c := newClient(t, facade.WithLogger(nil), roundTrip(func(req *http.Request) (*http.Response, error) {
			if random.Float64() < rate {
				return down(req)
			}
			return session(req)
		}).option())
		succeed := func(failing float64, calls int) float64 {
			rate = failing
			sessions := 0
			for range calls {
				if _, err := createSession(t, c); err == nil {
					sessions++
				}
			}
			return float64(sessions) / float64(calls)
		}

		partial := succeed(0.30, 1000)
		t.Logf("figure: 30 %% failures: %.3f of 1000 calls succeed", partial)
		if partial < 0.85 {
			t.Errorf("row 60: %.3f", partial)
		}
		if succeed(1, 200); facade.RetriesLeft(c) >= 1 {
			t.Errorf("row 61: the outage left %v retries", facade.RetriesLeft(c))
		}
		recovering, recovered := succeed(0.02, 500), succeed(0.02, 10000)
		t.Logf("figure: after the outage, 2 %% faults: %.4f in the first 500 calls, %.4f in the 10000 that follow",
			recovering, recovered)
		if recovered < 0.999 {
			t.Errorf("row 61: %.4f", recovered)
		}
	})
}

func TestBudget(t *testing.T) {
	const full = facade.BudgetCapacity
	for name, test := range map[string]struct {
		steps         []roundTrip
		before, after float64
	}{
		"a success at once earns a tenth":          {[]roundTrip{session}, 0, 0.1},
		"a retry that succeeds costs nothing":      {[]roundTrip{down, session}, 2, 2},
		"the last retry can be taken":              {[]roundTrip{down, session}, 1, 1},
		"a retry that fails costs one":             {[]roundTrip{down, down, session}, 2, 1},
		"an error response costs nothing":          {[]roundTrip{respond(400, "")}, 2, 2},
		"a retry with an error response costs one": {[]roundTrip{down, respond(400, "")}, 2, 1},
		"a 2xx status is a success":                {[]roundTrip{respond(200, "{}")}, 2, 2.1},
		"it is not filled above its capacity":      {[]roundTrip{session}, full, full},
	} {
		inBubble(t, name, func(t *testing.T) {
			c := newClient(t, newScript(t, test.steps...).option())
			facade.SetRetriesLeft(c, test.before)
			createSession(t, c)
			wantBudget(t, c, test.after)
		})
	}
}

func TestBudget_IsFullAgainAfterAQuietDay(t *testing.T) { // row 76
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, down.option(), facade.WithLogger(nil))
		for range 3 {
			for range 200 {
				createSession(t, c)
			}
			if left := facade.RetriesLeft(c); left >= 1 {
				t.Errorf("row 76: the outage leaves %v retries", left)
			}
			facade.SetRetriesLeft(c, 0)
			for range 17 {
				time.Sleep(500 * time.Millisecond)
				outcome{status: 503, attempts: 1, says: "retry budget"}.check(t, c)
			}
			time.Sleep(2 * time.Second) // one came back, although the calls asked in between
			outcome{status: 503, attempts: 2, max: time.Second, says: "(2 attempts"}.check(t, c, withAttempts(2))
			time.Sleep(24 * time.Hour) // all come back
		}
	})
}
