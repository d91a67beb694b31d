package facade

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	const full = budgetCapacity
	tests := []struct {
		name          string
		event         func(*budget)
		before, after float64
	}{
		{"callSucceeded gives a tenth", (*budget).callSucceeded, 0, 0.1},
		{"callSucceeded when it is full", (*budget).callSucceeded, full, full},
		{"retrySucceeded gives the retry back", (*budget).retrySucceeded, 1, 2},
		{"retrySucceeded when it is full", (*budget).retrySucceeded, full - 0.5, full},
		{"retryCanceled gives the retry back", (*budget).retryCanceled, 1, 2},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			b := &budget{retries: test.before, refilled: time.Now()}
			test.event(b)
			if b.retries != test.after {
				t.Errorf("got %v, want %v", b.retries, test.after)
			}
		})
	}
}

func TestBudgetTake(t *testing.T) {
	tests := []struct {
		name    string
		before  float64
		passes  time.Duration
		ok      bool
		retries float64
	}{
		{"from a full one", budgetCapacity, 0, true, budgetCapacity - 1},
		{"the last", 1, 0, true, 0},
		{"from less than one", 0.9, 0, false, 0.9},
		{"after 10 s", 0, 10 * time.Second, true, 0},
		{"after 5 s", 0.4, 5 * time.Second, false, 0.9},
		{"after a day", 0, 24 * time.Hour, true, budgetCapacity - 1},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			b := &budget{retries: test.before, refilled: time.Now()}
			time.Sleep(test.passes)
			if ok := b.take(); ok != test.ok || b.retries != test.retries {
				t.Errorf("got %v, and %v are left", ok, b.retries)
			}
		})
	}
}

func TestBudgetTake_FillsBetweenFailures(t *testing.T) { // row 76
	bubble(t, func(t *testing.T) {
		b := &budget{refilled: time.Now()}
		for range 19 {
			time.Sleep(500 * time.Millisecond)
			if b.take() {
				t.Error("taken too early")
			}
		}
		time.Sleep(500 * time.Millisecond)
		if !b.take() {
			t.Error("nothing after 10 s")
		}
	})
}

func TestBudgetTakeResend(t *testing.T) {
	b := newBudget()
	for range 2 {
		for n := range maxResends {
			if !b.takeResend() {
				t.Fatalf("refused after %d", n)
			}
		}
		if b.takeResend() {
			t.Error("not limited without a response")
		}
		b.responded()
	}
}

func TestSessionsCreate_DoesNotMultiplyAnOutage(t *testing.T) { // row 59
	tests := []struct {
		name      string
		transport roundTripFunc
		calls     int
		atOnce    int
	}{
		{"503, 100 calls", down, 100, 1},
		{"503, 1000 calls", down, 1000, 1},
		{"503, 10000 calls", down, 10000, 1},
		{"503, 1000 calls at once", down, 1000, 1000},
		{"connection refused, 1000 calls", refused, 1000, 1},
		{"429, 100 calls", respond(429, "", "Retry-After", "1"), 100, 1},
	}
	for _, test := range tests {
		inBubble(t, "row 59 "+test.name, func(t *testing.T) {
			var sent atomic.Int64
			c := newClient(t, WithLogger(nil), roundTripFunc(func(req *http.Request) (*http.Response, error) {
				sent.Add(1)
				return test.transport(req)
			}).option())
			start := time.Now()
			for range test.calls / test.atOnce {
				createSessions(t, c, test.atOnce)
			}

			least := int64(test.calls + budgetCapacity)
			most := least + int64(time.Since(start)/refillInterval)
			if sent.Load() < least || sent.Load() > most {
				t.Errorf("%d attempts, want %d to %d", sent.Load(), least, most)
			}
			t.Logf("figure: outage (%s): %d attempts", test.name, sent.Load())
		})
	}
}

func TestSessionsCreate_SucceedsInAPartialOutage(t *testing.T) { // rows 60 and 61
	bubble(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2)) // a fixed seed: the figures are counts
		var failing float64
		c := newClient(t, WithLogger(nil), roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if random.Float64() < failing {
				return down(req)
			}
			return session(req)
		}).option())
		succeed := func(rate float64, calls int) float64 {
			failing = rate
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

		succeed(1, 200)
		if c.budget.retries >= 1 {
			t.Errorf("row 61: the outage left %v retries", c.budget.retries)
		}
		recovering, recovered := succeed(0.02, 500), succeed(0.02, 10000)
		t.Logf("figure: after the outage, 2 %% faults: %.4f in the first 500 calls, "+
			"%.4f in the 10000 that follow", recovering, recovered)
		if recovered < 0.999 {
			t.Errorf("row 61: %.4f", recovered)
		}
	})
}
