package facade_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestWithHTTPClient_EachAttemptHasAFreshRequest(t *testing.T) { // row 81
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]int{}
		outcome{status: 503, attempts: 3, max: time.Second}.check(t, newClient(t,
			roundTrip(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				seen[fmt.Sprint(r.Method, r.URL, r.Host, r.Header, r.ContentLength, string(body), err)]++
				r.Header.Add("X-Trace", "1")
				r.Header["X-Apideck-App-Id"][0] = "another"
				r.Header.Del("Authorization")
				r.URL.Path, r.URL.Host = "/", "other.test"
				r.Method, r.Host, r.Body, r.GetBody, r.ContentLength = "GET", "", nil, nil, 0
				return down(r)
			}).option()))
		if len(seen) != 1 {
			t.Errorf("the transport sees different requests: %v", seen)
		}
	})
}

// brokenTransport returns neither a response nor an error.
type brokenTransport struct{}

func (*brokenTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestWithHTTPClient_BrokenTransport(t *testing.T) {
	t.Parallel()
	c := newClient(t, facade.WithHTTPClient(&http.Client{Transport: new(brokenTransport)})) // row 82
	outcome{is: errAny, attempts: 1, max: time.Minute,
		says: "*facade_test.brokenTransport returned neither a response nor an error"}.check(t, c)

	c = newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403}, nil // no body
	}).option())
	outcome{status: 403, attempts: 1, max: time.Minute}.check(t, c)
}

// Not parallel: it replaces a global of net/http.
func TestWithHTTPClient_UsesTheDefaultTransportOfTheMoment(t *testing.T) {
	c := newClient(t, facade.WithHTTPClient(&http.Client{}), withAttempts(1))
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = session
	if _, err := createSession(t, c); err != nil {
		t.Error(err)
	}
}

func TestSessionsCreate_NilOrZeroClient(t *testing.T) { // row 83
	t.Parallel()
	for _, c := range []*facade.Client{
		nil, {}, {Vault: &facade.Vault{}}, {Vault: &facade.Vault{Sessions: &facade.Sessions{}}},
	} {
		_, err := facade.CreateSession(t.Context(), c, facade.Session{})
		wantInvalid(t, err, "Client")
		if !strings.Contains(fmt.Sprint(err), "New") {
			t.Errorf("%v does not say what to do", err)
		}
		c.CloseIdleConnections()
	}
	_, err := (*facade.Sessions)(nil).Create(t.Context(), facade.Session{})
	wantInvalid(t, err, "Client")
	var none context.Context
	_, err = newClient(t).Vault.Sessions.Create(none, facade.Session{})
	wantInvalid(t, err, "ctx")
}

func TestWithAPIKeyFunc_ErrorHasTheCauseOfTheContext(t *testing.T) { // row 84
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("shutting down")
		for attempts := range 2 {
			ctx, cancel := context.WithCancelCause(t.Context())
			asked := 0
			want := outcome{is: cause, attempts: attempts, max: time.Second, says: "shutting down"}
			err := want.checkContext(ctx, t, newClient(t, down.option(), facade.WithAPIKeyFunc(
				func(ctx context.Context) (string, error) {
					if asked++; asked > attempts {
						cancel(cause)
						return "", ctx.Err()
					}
					return testKey, nil
				})))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("context.Canceled is not in the chain of %v", err)
			}
		}
	})
}

func TestWithAPIKeyFunc_PanicCostsNoRetry(t *testing.T) { // row 85
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, down.option())
		func() {
			defer func() {
				if recover() == nil {
					t.Error("row 85: the caller gets no panic")
				}
			}()
			createSession(t, c, withKeys(testKey)) // panics when asked again
		}()
		wantBudget(t, c, facade.BudgetCapacity)
	})
}

func TestBudget_IsWholeAgainAfterAQuietDay(t *testing.T) { // row 76
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, down.option(), facade.WithLogger(nil))
		for range 3 {
			for range 200 {
				createSession(t, c)
			}
			if left := facade.RetriesLeft(c); left >= 1 {
				t.Errorf("row 76: the outage leaves %v retries", left)
			}
			time.Sleep(10 * time.Second) // one comes back
			outcome{status: 503, attempts: 2, max: time.Second, says: "(2 attempts"}.check(t, c, withAttempts(2))
			time.Sleep(24 * time.Hour) // all come back
		}
	})
}

func TestSessionsCreate_LongRequestID(t *testing.T) { // row 80
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		id := strings.Repeat("r", 200<<10)
		var log strings.Builder
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		err := outcome{status: 503, attempts: 3, max: time.Second}.check(t, newClient(t,
			respond(503, `{"message":"busy"}`, "X-Apideck-Request-Id", id).option(), facade.WithLogger(logger)))
		if e, ok := err.(*apierrors.APIError); !ok || e.RequestID != id {
			t.Error("the error does not have the whole id")
		}
		if n := strings.Count(log.String(), id[:101]); n > 0 || !strings.Contains(log.String(), id[:100]) {
			t.Errorf("%d long request ids in %d bytes of log", n, log.Len())
		}
		// A retry says why.
		const retry = `"level":"WARN".*"error":"apideck: POST /vault/sessions: 503 Service Unavailable: busy `
		if n := len(regexp.MustCompile(retry).FindAllString(log.String(), -1)); n != 2 {
			t.Errorf("%d of 2 retries say why: %.2000s", n, log.String())
		}
	})
}
