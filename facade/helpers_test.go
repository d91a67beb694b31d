package facade

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Values that must not appear in a log, in a message or at another host.
const (
	testKey      = "sk_live_CANARY-key-4f1d"
	testApp      = "CANARY-app-77b0"
	testConsumer = "CANARY-consumer-31ce"
	testToken    = "CANARY.token.9a2e"
	testURI      = "https://vault.example.test/session/" + testToken
)

const sessionJSON = `{"status_code":200,"status":"OK",` +
	`"data":{"session_uri":"` + testURI + `","session_token":"` + testToken + `"}}`

// newClient returns a client with the values above. It logs everything, and the
// test fails if one of them is in the log. opts come last.
func newClient(tb testing.TB, opts ...Option) *Client {
	tb.Helper()

	var text, encoded bytes.Buffer
	all := &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}
	handler := slog.NewMultiHandler(
		slog.NewTextHandler(&text, all), slog.NewJSONHandler(&encoded, all))
	tb.Cleanup(func() { checkNoSecret(tb, "log", text.String()+encoded.String()) })

	c, err := New(append([]Option{
		WithLogger(slog.New(handler)),
		WithBaseURL("http://127.0.0.1:9"),
		WithAPIKey(testKey),
		WithAppID(testApp),
		WithConsumerID(testConsumer),
	}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// createSession creates the empty session.
func createSession(tb testing.TB, c *Client, opts ...Option) (*CreateSessionResponse, error) {
	return c.Vault.Sessions.Create(tb.Context(), Session{}, opts...)
}

// createSessions makes n calls at once and returns their errors.
func createSessions(tb testing.TB, c *Client, n int) []error {
	var calls sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		calls.Go(func() { _, errs[i] = createSession(tb, c) })
	}
	calls.Wait()
	return errs
}

// withRetries is the default policy with a change.
func withRetries(change func(*RetryConfig)) Option {
	policy := DefaultRetryConfig()
	change(&policy)
	return WithRetries(policy)
}

var noRetry = RetryConfig{MaxAttempts: 1}

func withAttempts(n int) Option {
	return withRetries(func(c *RetryConfig) { c.MaxAttempts = n })
}

// roundTripFunc is a function as an http.RoundTripper.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (f roundTripFunc) option() Option { return WithHTTPClient(&http.Client{Transport: f}) }

// withMiddleware is a middleware that handles a request with handle.
func withMiddleware(
	handle func(req *http.Request, next http.RoundTripper) (*http.Response, error),
) Option {
	return WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return roundTripFunc(func(req *http.Request) (*http.Response, error) { return handle(req, next) })
	})
}

// respond is a transport with one response; header has keys and values in turn.
func respond(status int, body string, header ...string) roundTripFunc {
	return func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{
			Status:        strconv.Itoa(status) + " " + http.StatusText(status),
			StatusCode:    status,
			Header:        http.Header{"Content-Type": {"application/json"}},
			Body:          io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)),
			Request:       req,
		}
		for pair := range slices.Chunk(header, 2) {
			resp.Header[pair[0]] = []string{pair[1]}
		}
		return resp, nil
	}
}

// fail is a transport with an error.
func fail(err error) roundTripFunc {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// The transports that most tests use.
var (
	session = respond(200, sessionJSON)
	down    = respond(503, "")
	refused = fail(syscall.ECONNREFUSED)
)

// hang is a transport that waits until the request's context is done.
func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// onUsedConn is next on a connection that had been used before.
func onUsedConn(next roundTripFunc) roundTripFunc {
	return func(req *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(req.Context())
		trace.GotConn(httptrace.GotConnInfo{Reused: true})
		return next(req)
	}
}

// script is a transport that plays its steps in order and records the requests.
// The test fails if a step is not used, and on a request too many.
type script struct {
	tb         testing.TB
	mu         sync.Mutex
	steps      []roundTripFunc
	requests   []*http.Request
	bodies     []string
	closedIdle int // calls of CloseIdleConnections
}

func newScript(tb testing.TB, steps ...roundTripFunc) *script {
	s := &script{tb: tb, steps: steps}
	tb.Cleanup(func() {
		if unused := len(s.steps) - len(s.requests); unused > 0 {
			tb.Errorf("%d of %d scripted responses were not used", unused, len(s.steps))
		}
	})
	return s
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		s.tb.Errorf("the request's body: %v", err)
	}

	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.bodies = append(s.bodies, string(body))
	n := len(s.requests)
	s.mu.Unlock()

	if n > len(s.steps) {
		s.tb.Errorf("request %d, but %d responses are scripted", n, len(s.steps))
		return nil, errors.New("no response is left")
	}
	return s.steps[n-1](req)
}

func (s *script) CloseIdleConnections() { s.closedIdle++ }

func (s *script) option() Option { return WithHTTPClient(&http.Client{Transport: s}) }

// sent returns the values of a header, one for each request.
func (s *script) sent(key string) (values []string) {
	for _, req := range s.requests {
		values = append(values, strings.Join(req.Header[key], ","))
	}
	return values
}

// outcome is what a call must come to: a session or an error of one type.
type outcome struct {
	kind     string // the type of the error
	status   int    // of an APIError or an InvalidResponseError
	attempts int    // made and reported
	says     string // part of the error's message
}

func aSession(attempts int) outcome {
	return outcome{kind: "<nil>", attempts: attempts}
}

func anAPIError(status, attempts int) outcome {
	return outcome{kind: "*errors.APIError", status: status, attempts: attempts}
}

// anInvalidResponse is the outcome of one attempt with a success status.
func anInvalidResponse(status int, says string) outcome {
	return outcome{kind: "*errors.InvalidResponseError", status: status, attempts: 1, says: says}
}

func aTransportError(attempts int, says string) outcome {
	return outcome{kind: "*errors.TransportError", attempts: attempts, says: says}
}

// outcomeOf returns the outcome of a call, but for its message.
func outcomeOf(resp *CreateSessionResponse, err error) outcome {
	got := outcome{kind: fmt.Sprintf("%T", err)}
	switch err := err.(type) {
	case nil:
		got.attempts = resp.Attempts
	case *apierrors.APIError:
		got.status, got.attempts = err.StatusCode, err.Attempts
	case *apierrors.InvalidResponseError:
		got.status, got.attempts = err.StatusCode, err.Attempts
	case *apierrors.TransportError:
		got.attempts = err.Attempts
	}
	return got
}

// check makes a call, compares what it comes to with want, and returns its error.
func (want outcome) check(tb testing.TB, c *Client, opts ...Option) error {
	tb.Helper()
	return want.checkContext(tb.Context(), tb, c, opts...)
}

// checkTimed is check with a span on the virtual clock.
func (want outcome) checkTimed(tb testing.TB, c *Client, took span, opts ...Option) error {
	tb.Helper()
	start := time.Now()
	err := want.check(tb, c, opts...)
	took.check(tb, start)
	return err
}

func (want outcome) checkContext(
	ctx context.Context, tb testing.TB, c *Client, opts ...Option,
) error {
	tb.Helper()
	resp, err := c.Vault.Sessions.Create(ctx, Session{}, opts...)

	got := outcomeOf(resp, err)
	got.says = want.says
	if got != want {
		tb.Errorf("got %+v, want %+v: %v", got, want, err)
		return err
	}
	if err == nil {
		if resp.Data.SessionURI != testURI || resp.Data.SessionToken != testToken {
			tb.Errorf("got %q, %q", resp.Data.SessionURI, resp.Data.SessionToken)
		}
		checkNoSecret(tb, "response", prints(resp)+prints(*resp))
		return nil
	}

	if resp != nil {
		tb.Error("a response and an error")
	}
	if !strings.Contains(err.Error(), want.says) {
		tb.Errorf("message %q does not say %q", err, want.says)
	}
	checkError(tb, err)
	return err
}

// checkIs checks that each of these errors is in the chain of err.
func checkIs(tb testing.TB, err error, targets ...error) {
	tb.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			tb.Errorf("%v is not in the chain of %v", target, err)
		}
	}
}

// span is how long something takes on the virtual clock.
type span struct{ least, most time.Duration }

var (
	atOnce      span
	oneBackoff  = span{minBackoff, 100 * time.Millisecond}
	twoBackoffs = span{2 * minBackoff, 300 * time.Millisecond}
)

// after returns s after another time.
func (s span) after(d time.Duration) span { return span{d + s.least, d + s.most} }

func (s span) check(tb testing.TB, start time.Time) {
	tb.Helper()
	took := time.Since(start)
	if took < s.least || took > s.most {
		tb.Errorf("took %v, want between %v and %v", took, s.least, s.most)
	}
}

// checkBudget checks how many retries the budget of c holds. A few hundredths come
// back with time.
func checkBudget(tb testing.TB, c *Client, want float64) {
	tb.Helper()
	if left := c.budget.retries; math.Abs(left-want) > 0.05 {
		tb.Errorf("the budget holds %v retries, want %v", left, want)
	}
}

// checkError fails the test unless err is an error of package errors, or joins
// ValidationErrors, and its text is one bounded line without a secret, in every
// form that a program may print.
func checkError(tb testing.TB, err error) {
	tb.Helper()
	switch err.(type) {
	case *apierrors.APIError, *apierrors.TransportError, *apierrors.InvalidResponseError:
	default:
		invalidFields(tb, err)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		tb.Errorf("the chain has a URL: %v", wrapped)
	}

	text := err.Error()
	oneLine := !strings.ContainsFunc(text, unicode.IsControl)
	if !oneLine || len(text) > 512 || !strings.HasPrefix(text, "apideck: ") {
		tb.Errorf("not one line of at most 512 bytes that starts with apideck: %q", text)
	}

	encoded, _ := json.Marshal(err)
	checkNoSecret(tb, "error", prints(err)+string(encoded))
}

func checkNoSecret(tb testing.TB, where, text string) {
	tb.Helper()
	for _, secret := range []string{testKey, testApp, testConsumer, testToken} {
		inHex := hex.EncodeToString([]byte(secret))
		if strings.Contains(text, secret) || strings.Contains(text, inHex) {
			tb.Errorf("%s shows %q: %.300q", where, secret, text)
		}
	}
}

// prints returns v as fmt's verbs and slog's handlers print it.
func prints(v any) string {
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	level := &slog.HandlerOptions{Level: slog.Level(-100)}
	slog.New(slog.NewTextHandler(&all, level)).Info("v", "v", v)
	slog.New(slog.NewJSONHandler(&all, level)).Info("v", "v", v)
	return all.String()
}

// invalidFields returns the Field of each ValidationError that err joins.
func invalidFields(tb testing.TB, err error) (fields []string) {
	tb.Helper()
	switch err := err.(type) {
	case nil:
	case *apierrors.ValidationError:
		return []string{err.Field}
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			fields = append(fields, invalidFields(tb, e)...)
		}
	default:
		tb.Errorf("%T %v is not an error of the library", err, err)
	}
	return fields
}

// checkInvalid checks that err reports exactly these fields.
func checkInvalid(t *testing.T, err error, fields ...string) {
	t.Helper()
	if got := invalidFields(t, err); !slices.Equal(got, fields) {
		t.Errorf("invalid are %q, want %q: %v", got, fields, err)
	}
}

// checkReason checks that err reports one field for this reason and does not show
// its value, which has the word secret in it.
func checkReason(t *testing.T, err error, field, reason string) {
	t.Helper()
	checkInvalid(t, err, field)
	if err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("%v does not say %q", err, reason)
	}
	if strings.Contains(prints(err), "secret") {
		t.Errorf("%v shows the value", err)
	}
}
