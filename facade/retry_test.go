package facade

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

type steps []roundTripFunc

func TestSessionsCreate_Retries(t *testing.T) {
	dns := func(e net.DNSError) roundTripFunc { return fail(&net.OpError{Op: "dial", Err: &e}) }
	noHost := dns(net.DNSError{Err: "no such host", IsNotFound: true})
	busy := dns(net.DNSError{Err: "server misbehaving", IsTemporary: true})
	slow := dns(net.DNSError{Err: "i/o timeout", IsTimeout: true})
	standard := WithRetries(DefaultRetryConfig())
	onlyStatus := withRetries(func(c *RetryConfig) { c.RetryConnectionErrors = false })
	onlyConnection := withRetries(func(c *RetryConfig) { c.StatusCodes = nil })
	only409 := withRetries(func(c *RetryConfig) { c.StatusCodes = []int{409} })
	tests := []struct {
		name   string
		option Option
		steps  steps
		want   outcome
	}{
		{"row 1 connection refused", standard, steps{refused, refused, refused}, aTransportError(3, "refused (3 attempts)")},
		{"row 2 unknown host", standard, steps{noHost}, aTransportError(1, "no such host")},
		{"row 3 temporary DNS failure", standard, steps{busy, session}, aSession(2)},
		{"row 3 DNS timeout", standard, steps{slow, session}, aSession(2)},
		{"one attempt", WithRetries(noRetry), steps{down}, anAPIError(503, 1)},
		{"five attempts", withAttempts(5), steps{down, down, down, down, session}, aSession(5)},
		{"no connection errors", onlyStatus, steps{refused}, aTransportError(1, "refused")},
		{"but a status", onlyStatus, steps{down, session}, aSession(2)},
		{"no status", onlyConnection, steps{down}, anAPIError(503, 1)},
		{"but a connection error", onlyConnection, steps{refused, session}, aSession(2)},
		{"another status", only409, steps{respond(409, ""), down}, anAPIError(503, 2)},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			test.want.check(t, newClient(t, newScript(t, test.steps...).option()), test.option)
		})
	}
}

func TestCallDo_UsedConnection(t *testing.T) {
	lost := onUsedConn(fail(io.EOF))
	alert := onUsedConn(fail(&net.OpError{Op: "remote error", Err: errors.New("bad record MAC")}))
	silent := onUsedConn(hang)
	const timeout = time.Second
	timedOut := oneBackoff.after(timeout)
	tests := []struct {
		name       string
		retries    RetryConfig
		steps      steps
		want       outcome
		took       span
		budget     float64 // it was 50
		closedIdle int
	}{
		{"row 12 lost, but new", noRetry, steps{fail(io.EOF)}, aTransportError(1, "EOF"), atOnce, 50, 0},
		{"row 13 lost, no retries", noRetry, steps{lost, session}, aSession(2), atOnce, 50.1, 1},
		{"row 13 lost twice, no retries", noRetry, steps{lost, lost}, aTransportError(2, "EOF"), atOnce, 50, 1},
		{"row 13 lost twice", DefaultRetryConfig(), steps{lost, lost, session}, aSession(3), oneBackoff, 50, 2},
		{"row 13 always lost", DefaultRetryConfig(), steps{lost, lost, lost, lost}, aTransportError(4, ""), twoBackoffs, 48, 3},
		{"row 13 lost, then 401", noRetry, steps{lost, respond(401, "")}, anAPIError(401, 2), atOnce, 50, 1},
		{"row 86 a TLS alert", noRetry, steps{alert, session}, aSession(2), atOnce, 50.1, 1},
		{"row 87 silent, no retries", noRetry, steps{silent}, aTransportError(1, "timed out"), atOnce.after(timeout), 50, 0},
		// A tenth of a retry comes back in a second.
		{"row 87 silent", DefaultRetryConfig(), steps{silent, session}, aSession(2), timedOut, 50.1, 1},
		{"row 53 silent, but new", DefaultRetryConfig(), steps{hang, session}, aSession(2), timedOut, 50.1, 1},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			s := newScript(t, test.steps...)
			c := newClient(t, s.option(), WithTimeout(timeout), WithRetries(test.retries))
			c.budget.retries = 50
			test.want.checkTimed(t, c, test.took)
			checkBudget(t, c, test.budget)
			if s.closedIdle != test.closedIdle {
				t.Errorf("idle connections were closed %d times", s.closedIdle)
			}
		})
	}
}

func TestCallDo_LimitsResends(t *testing.T) {
	lost := onUsedConn(fail(io.EOF))
	c := newClient(t, newScript(t, lost, respond(400, ""), lost, session).option(), withAttempts(1))
	c.budget.resends.Store(maxResends)
	aTransportError(1, "EOF").check(t, c)
	anAPIError(400, 1).check(t, c) // any response resets the limit
	aSession(2).check(t, c)
}

func TestCallDo_WithoutABody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		call, _ := newClient(t, down.option()).newCall("GET /elsewhere", nil)
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "https://api.test/", nil)
		_, err := call.Do(req)
		if !errors.Is(err, apierrors.ErrServer) || call.attempts != 3 {
			t.Errorf("%d attempts: %v", call.attempts, err)
		}
	})
}

func TestCallDo_SendOnce(t *testing.T) {
	for _, step := range []roundTripFunc{onUsedConn(fail(io.EOF)), refused, down} {
		call, _ := newClient(t, newScript(t, step).option()).newCall("POST /elsewhere", nil)
		call.sendOnce = true
		req, _ := http.NewRequestWithContext(t.Context(), "POST", "https://api.test/", strings.NewReader("{}"))
		_, err := call.Do(req)
		if call.attempts != 1 || !strings.Contains(err.Error(), "this operation must not be repeated") {
			t.Errorf("%d attempts: %v", call.attempts, err)
		}
	}
}

func TestCallDecide(t *testing.T) {
	api := func(status int, retryAfter time.Duration) error {
		return &apierrors.APIError{StatusCode: status, RetryAfter: retryAfter}
	}
	lost := &apierrors.TransportError{Err: io.EOF}
	const s, later = time.Second, time.Minute
	const deadline, tooLong = "the backoff exceeds the deadline", "Retry-After is above 30s"
	tests := []struct {
		name       string
		err        error
		retries    int // before
		deadline   time.Duration
		budget     float64
		retried    bool
		notRetried string // the reason, unless it is the policy
	}{
		{"a status of the policy", api(503, 0), 0, later, 1, true, ""},
		{"another status", api(400, 0), 0, later, 1, false, ""},
		{"a lost connection", lost, 0, later, 1, true, ""},
		{"the last attempt", api(503, 0), 2, later, 1, false, ""},
		{"Retry-After 30 s", api(503, 30*s), 0, later, 1, true, ""},
		{"Retry-After above 30 s", api(503, 30*s+1), 0, later, 1, false, tooLong},
		{"the deadline is within Retry-After", api(503, 5*s), 0, 5 * s, 1, false, deadline},
		{"the deadline is within the backoff", lost, 0, minBackoff, 1, false, deadline},
		{"no budget", api(503, 0), 0, later, 0.9, false, "the retry budget is empty"},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			c := &call{
				config: config{retry: DefaultRetryConfig()},
				budget: &budget{retries: test.budget, refilled: time.Now()},
				end:    time.Now().Add(test.deadline),
			}
			backoff, ok := c.decide(t.Context(), test.retries, test.err)
			if ok != test.retried || ok != (backoff >= retryAfter(test.err)+minBackoff) {
				t.Errorf("retried is %v, after %v", ok, backoff)
			}
			if taken := c.budget.retries < test.budget; taken != test.retried {
				t.Errorf("a retry was taken: %v", taken)
			}
			said := strings.Contains(test.err.Error(), "not retried: ")
			if said != (test.notRetried != "") || !strings.Contains(test.err.Error(), test.notRetried) {
				t.Errorf("the error says %v, want %q", test.err, test.notRetried)
			}
		})
	}
}

func TestSessionsCreate_CanceledDuringBackoff(t *testing.T) { // row 51
	bubble(t, func(t *testing.T) {
		left := errors.New("the customer left")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(left) })
		limited := respond(429, `{"message":"slow down"}`, "Retry-After", "20")
		c := newClient(t, newScript(t, limited).option())

		start := time.Now()
		err := aTransportError(1, "429").checkContext(ctx, t, c)
		atOnce.after(3*time.Second).check(t, start)
		checkBudget(t, c, budgetCapacity)
		checkIs(t, err, left, context.Canceled)
		if api, ok := errors.AsType[*apierrors.APIError](err); !ok || api.Message != "slow down" {
			t.Errorf("the failure of the attempt before is not in %v", err)
		}
	})
}

func TestSessionsCreate_PanicReachesTheCaller(t *testing.T) { // row 85
	const text = "as arranged"
	onWarning := &slog.HandlerOptions{
		Level:       slog.LevelWarn,
		ReplaceAttr: func([]string, slog.Attr) slog.Attr { panic(text) },
	}
	for name, option := range map[string]Option{
		"WithLogger":     WithLogger(slog.New(slog.NewTextHandler(io.Discard, onWarning))),
		"WithAPIKeyFunc": WithAPIKeyFunc(func(context.Context) (string, error) { panic(text) }),
		"WithMiddleware": withMiddleware(func(*http.Request, http.RoundTripper) (*http.Response, error) { panic(text) }),
	} {
		inBubble(t, "row 85 "+name, func(t *testing.T) {
			c := newClient(t, down.option())
			defer func() {
				if recover() != text {
					t.Error("the panic does not reach the caller")
				}
				anAPIError(503, 3).check(t, c) // no lock is held
			}()
			createSession(t, c, option)
		})
	}
}
