package facade_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// outage responds with 503 and counts the attempts.
func outage(sent *atomic.Int64) facade.Option {
	return transport(func(*http.Request) (*http.Response, error) {
		sent.Add(1)
		return response(503, ""), nil
	}).option()
}

func TestWithRetries_BudgetIs100RetriesAndOneMoreEvery10Seconds(t *testing.T) { // rows 59 and 76
	t.Parallel()
	for name, calls := range map[string]int{"100": 100, "1000": 1000, "10000": 10000, "1000 at once": 1000} {
		t.Run("row 59 "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				c := sdk(t, outage(&sent))
				for day := range 2 { // all tokens come back overnight
					start := time.Now()
					for range calls {
						if strings.HasSuffix(name, "at once") {
							createAll(t, c, calls)
							break
						}
						create(t, c)
						time.Sleep(20 * time.Millisecond)
					}
					checkAttempts(t, fmt.Sprint("day ", day), int(sent.Swap(0)), calls, time.Since(start))
					time.Sleep(24 * time.Hour)
				}
			})
		})
	}
}

// checkAttempts wants the whole budget used and no more.
func checkAttempts(t *testing.T, name string, sent, calls int, took time.Duration) {
	t.Helper()
	most := calls + 100 + int((took+time.Second)/(10*time.Second))
	if sent < calls+100 || sent > most {
		t.Errorf("%s: %d attempts for %d calls, want %d to %d", name, sent, calls, calls+100, most)
	}
}

func TestWithRetries_BudgetCountsAResponseWithoutASessionAsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent, start := 0, time.Now()
		c := sdk(t, transport(func(*http.Request) (*http.Response, error) {
			if sent++; sent%2 == 1 {
				return response(503, ""), nil
			}
			return response(200, "<html>"), nil
		}).option())
		for range 1000 {
			create(t, c)
		}
		checkAttempts(t, "200 behind 503", sent, 1000, time.Since(start))
	})
}

func TestWithAPIKeyFunc_PanicAtARetryCostsNoBudget(t *testing.T) { // row 85
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		keys, panics := 0, 0
		rotate := facade.WithAPIKeyFunc(func(context.Context) (string, error) {
			if keys++; keys%2 == 0 {
				panics++
				panic("key store")
			}
			return "key-0123456789", nil
		})
		c := sdk(t, outage(&sent))
		for range 150 {
			func() {
				defer func() { recover() }()
				create(t, c, rotate)
			}()
		}
		wantError(t, create(t, c), 3, "503")
		if panics != 150 {
			t.Errorf("row 85: %d of 150 calls panic", panics)
		}
	})
}

func TestWithAPIKeyFunc_ErrorHoldsTheCauseOfTheContext(t *testing.T) { // row 84
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("shutting down")
		for attempts := range 2 {
			ctx, cancel := context.WithCancelCause(t.Context())
			keys := 0
			c := sdk(t, always(503, "").option(), facade.WithAPIKeyFunc(func(ctx context.Context) (string, error) {
				if keys++; keys > attempts {
					cancel(cause)
					return "", ctx.Err()
				}
				return "key-0123456789", nil
			}))
			_, err := c.Vault.Sessions.Create(ctx, facade.Session{})
			wantError(t, err, attempts, "shutting down")
			wantIs(t, err, cause)
			wantIs(t, err, context.Canceled)
		}
	})
}

func TestWithRetries_RetryAfterIsAFloorWithJitterOnTop(t *testing.T) { // row 44
	t.Parallel()
	for status, backoff := range map[int]time.Duration{429: time.Second, 503: 100 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			const hint = 5 * time.Second
			delays := map[time.Duration]bool{}
			for range 8 {
				start := time.Now()
				policy := facade.DefaultRetryConfig()
				policy.MaxAttempts = 2
				wantError(t, create(t, sdk(t, always(status, "", "Retry-After", "5").option(), facade.WithRetries(policy))), 2)
				delay := time.Since(start)
				if delays[delay] = true; delay < hint || delay > hint+backoff {
					t.Errorf("row 44: %d retried after %v, want %v to %v", status, delay, hint, hint+backoff)
				}
			}
			if len(delays) < 4 { // 10 ms is the least backoff, and drawn more than once
				t.Errorf("row 44: eight clients come back after %v", delays)
			}
		})
	}
}
