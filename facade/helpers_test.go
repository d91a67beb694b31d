package facade_test

import (
	"bytes"
	"context"
	"crypto/fips140"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// Values that must not turn up in a log, in a message or at another host.
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
func newClient(tb testing.TB, opts ...facade.Option) *facade.Client {
	tb.Helper()
	var text, encoded bytes.Buffer
	all := &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}
	handler := slog.NewMultiHandler(slog.NewTextHandler(&text, all), slog.NewJSONHandler(&encoded, all))
	tb.Cleanup(func() { checkNoSecret(tb, "log", text.String()+encoded.String()) })
	own := []facade.Option{
		facade.WithLogger(slog.New(handler)),
		facade.WithBaseURL("http://127.0.0.1:9"),
		facade.WithAPIKey(testKey),
		facade.WithAppID(testApp),
		facade.WithConsumerID(testConsumer),
	}
	c, err := facade.New(append(own, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// createSession creates the empty session.
func createSession(tb testing.TB, c *facade.Client, opts ...facade.Option) (*facade.CreateSessionResponse, error) {
	return c.Vault.Sessions.Create(tb.Context(), facade.Session{}, opts...)
}

// inBubble runs f on a virtual clock, as a subtest.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// needsEntropy skips a test in a bubble: in FIPS mode crypto/rand needs the real
// clock.
func needsEntropy(tb testing.TB) {
	if fips140.Enabled() {
		tb.Skip("crypto/rand does not work on the virtual clock")
	}
}

// withRetries is the default policy with changes.
func withRetries(change func(*facade.RetryConfig)) facade.Option {
	policy := facade.DefaultRetryConfig()
	change(&policy)
	return facade.WithRetries(policy)
}

func withAttempts(n int) facade.Option {
	return withRetries(func(c *facade.RetryConfig) { c.MaxAttempts = n })
}

var errNoKey = errors.New("the key store is sealed")

// withKeys gives the attempts these API keys in order, and then errNoKey.
func withKeys(keys ...string) facade.Option {
	return facade.WithAPIKeyFunc(func(context.Context) (key string, err error) {
		if len(keys) == 0 {
			return "", errNoKey
		}
		key, keys = keys[0], keys[1:]
		return key, nil
	})
}

// roundTrip is a function as an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (f roundTrip) option() facade.Option { return facade.WithHTTPClient(&http.Client{Transport: f}) }

// respond is a transport with one response; header has keys and values in turn.
func respond(status int, body string, header ...string) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{
			StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header:        http.Header{"Content-Type": {"application/json"}},
			Body:          io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)),
		}
		for i := 0; i < len(header); i += 2 {
			resp.Header[header[i]] = append(resp.Header[header[i]], header[i+1])
		}
		return resp, nil
	}
}

// fail is a transport with an error.
func fail(err error) roundTrip {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// script is a transport that plays its steps in order and records the requests.
// The test fails if a step is not used, and on a request too many.
type script struct {
	tb       testing.TB
	mu       sync.Mutex
	steps    []roundTrip
	requests []*http.Request
	bodies   []string
}

func newScript(tb testing.TB, steps ...roundTrip) *script {
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

func (s *script) option() facade.Option { return facade.WithHTTPClient(&http.Client{Transport: s}) }

// sent returns the values of a header, one for each request.
func (s *script) sent(key string) (values []string) {
	for _, req := range s.requests {
		values = append(values, strings.Join(req.Header[key], ","))
	}
	return values
}

// outcome is what a call must come to.
type outcome struct {
	session  bool          // a session
	status   int           // else an *APIError of this status
	invalid  int           // else an *InvalidResponseError of this status
	is       error         // else a *TransportError with this in its chain
	attempts int           // made and reported
	min, max time.Duration // how long it took
	says     string        // part of the message
}

var errAny = errors.New("any cause") // for outcome.is

// invalidResponse is the outcome of one attempt that got a success status
// without a session.
func invalidResponse(status int, says string) outcome {
	return outcome{invalid: status, attempts: 1, says: says}
}

// failed is the outcome of attempts without a response.
func failed(attempts int, says string) outcome {
	return outcome{is: errAny, attempts: attempts, says: says}
}

// check makes a call and compares what it comes to with o.
func (o outcome) check(tb testing.TB, c *facade.Client, opts ...facade.Option) error {
	tb.Helper()
	return o.checkContext(tb.Context(), tb, c, opts...)
}

func (o outcome) checkContext(ctx context.Context, tb testing.TB, c *facade.Client, opts ...facade.Option) error {
	tb.Helper()
	start := time.Now()
	out, err := c.Vault.Sessions.Create(ctx, facade.Session{}, opts...)
	if took := time.Since(start); took < o.min || took > o.max {
		tb.Errorf("took %v, want between %v and %v", took, o.min, o.max)
	}
	if o.session {
		if err != nil {
			tb.Fatalf("no session: %v", err)
		}
		if out.Data.SessionURI != testURI || out.Data.SessionToken != testToken || out.Attempts != o.attempts {
			tb.Errorf("got %#v after %d attempts, want %d", out.Data, out.Attempts, o.attempts)
		}
		checkNoSecret(tb, "response", prints(out)+prints(*out))
		return nil
	}
	if err == nil || out != nil {
		tb.Fatalf("got %v, %v, want an error alone", out, err)
	}
	checkError(tb, err)
	if !strings.Contains(err.Error(), o.says) {
		tb.Errorf("message %q does not say %q", err, o.says)
	}
	if attemptsOf(err) != o.attempts {
		tb.Errorf("error reports %d attempts, want %d: %v", attemptsOf(err), o.attempts, err)
	}
	ok := false
	switch e := err.(type) {
	case *apierrors.APIError:
		ok = e.StatusCode == o.status
	case *apierrors.InvalidResponseError:
		ok = e.StatusCode == o.invalid
	case *apierrors.TransportError:
		timeout := o.is == context.DeadlineExceeded || strings.HasSuffix(o.says, "timeout")
		ok = o.is != nil && (o.is == errAny || errors.Is(err, o.is)) && (!timeout || e.Timeout())
	}
	if !ok {
		tb.Errorf("got %T %v, want %+v", err, err, o)
	}
	return err
}

// checkError fails the test unless err is one of the four types, and its text is
// one bounded line without a secret, in every form that a program may print.
func checkError(tb testing.TB, err error) {
	tb.Helper()
	switch err.(type) {
	case *apierrors.APIError, *apierrors.TransportError, *apierrors.InvalidResponseError:
	default:
		invalidFields(tb, err)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		tb.Errorf("the chain holds a URL: %v", wrapped)
	}
	text := err.Error()
	if len(text) > 512 || strings.ContainsFunc(text, unicode.IsControl) || !strings.HasPrefix(text, "apideck: ") {
		tb.Errorf("not one line of at most 512 bytes that starts with apideck: %q", text)
	}
	encoded, _ := json.Marshal(err)
	checkNoSecret(tb, "error", prints(err)+string(encoded))
}

func checkNoSecret(tb testing.TB, where, text string) {
	tb.Helper()
	for _, secret := range []string{testKey, testApp, testConsumer, testToken} {
		if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
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

func attemptsOf(err error) int {
	switch err := err.(type) {
	case *apierrors.APIError:
		return err.Attempts
	case *apierrors.TransportError:
		return err.Attempts
	case *apierrors.InvalidResponseError:
		return err.Attempts
	}
	return 0
}

// invalidFields returns the Field of each *ValidationError that err joins.
func invalidFields(tb testing.TB, err error) (fields []string) {
	tb.Helper()
	switch err := err.(type) {
	case *apierrors.ValidationError:
		return []string{err.Field}
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			fields = append(fields, invalidFields(tb, e)...)
		}
	case error:
		tb.Errorf("%T %v is not one of the library's", err, err)
	}
	return fields
}

// wantInvalid checks that err reports exactly these fields.
func wantInvalid(t *testing.T, err error, fields ...string) {
	t.Helper()
	if got := invalidFields(t, err); !slices.Equal(got, fields) {
		t.Errorf("invalid are %q, want %q: %v", got, fields, err)
	}
}

// wantReason checks that err reports one field for this reason, and does not
// show its value, which has the word secret in it.
func wantReason(t *testing.T, err error, field, reason string) {
	t.Helper()
	e, ok := errors.AsType[*apierrors.ValidationError](err)
	if !ok || e.Field != field || !strings.Contains(e.Reason, reason) || strings.Contains(prints(err), "secret") {
		t.Errorf("got %v, want %s: …%s…", err, field, reason)
	}
}
