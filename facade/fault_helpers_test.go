package facade

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Values that must not turn up in a log, a message or at a redirect's target.
const (
	canaryKey      = "sk_live_CANARY-key-4f1d"
	canaryApp      = "CANARY-app-77b0"
	canaryConsumer = "CANARY-consumer-31ce"
	canaryToken    = "CANARY.token.9a2e"
	canaryURI      = "https://vault.example.test/session/" + canaryToken
)

const goodBody = `{"status_code":200,"status":"OK","data":{"session_uri":"` + canaryURI + `","session_token":"` + canaryToken + `"}}`

// newFaultClient returns a client with the canaries as its credentials. It logs
// all there is to log, and the test fails when a canary is in it.
func newFaultClient(tb testing.TB, opts ...Option) *Client {
	tb.Helper()
	var text, encoded bytes.Buffer
	all := &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}
	tb.Cleanup(func() {
		checkNoCanary(tb, "log", text.String())
		checkNoCanary(tb, "log", encoded.String())
	})
	own := []Option{
		WithLogger(slog.New(slog.NewMultiHandler(slog.NewTextHandler(&text, all), slog.NewJSONHandler(&encoded, all)))),
		WithBaseURL("http://127.0.0.1:9"),
		WithAPIKey(canaryKey),
		WithAppID(canaryApp),
		WithConsumerID(canaryConsumer),
	}
	c, err := New(append(own, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// answer is what a scripted round trip gives.
type answer func(*http.Request) (*http.Response, error)

// reply is an answer with a status, a body, and header fields as key, value, ….
func reply(status int, body string, header ...string) answer {
	return func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{
			StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, ContentLength: int64(len(body)),
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(strings.NewReader(body)),
		}
		for i := 0; i < len(header); i += 2 {
			resp.Header[header[i]] = append(resp.Header[header[i]], header[i+1])
		}
		return resp, nil
	}
}

// fails is an answer that never came.
func fails(err error) answer {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// script is a transport that gives its answers in order. One that is not asked
// for, and a request too many, fail the test.
type script struct {
	tb      testing.TB
	mu      sync.Mutex
	answers []answer
	sent    int
	bodies  []string
}

func newScript(tb testing.TB, answers ...answer) *script {
	s := &script{tb: tb, answers: answers}
	tb.Cleanup(func() {
		if s.sent < len(s.answers) {
			tb.Errorf("%d of %d scripted answers were not used", len(s.answers)-s.sent, len(s.answers))
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
	defer s.mu.Unlock()
	s.sent++
	s.bodies = append(s.bodies, string(body))
	if s.sent > len(s.answers) {
		s.tb.Errorf("request %d, but %d answers are scripted", s.sent, len(s.answers))
		return nil, errors.New("no answer is left")
	}
	return s.answers[s.sent-1](req)
}

func (s *script) option() Option { return WithHTTPClient(&http.Client{Transport: s}) }

// transportFunc is a transport that is one function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (f transportFunc) option() Option { return WithHTTPClient(&http.Client{Transport: f}) }

// checkError fails the test unless err is one of the four types, and fit for a
// log: one line, bounded, without a canary, under every verb.
func checkError(tb testing.TB, err error) {
	tb.Helper()
	switch err.(type) {
	case *apierrors.APIError, *apierrors.TransportError, *apierrors.InvalidResponseError, *apierrors.ValidationError:
	default:
		tb.Errorf("error of type %T is not one of the library's: %v", err, err)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		tb.Errorf("the chain holds a URL: %v", wrapped)
	}
	text := err.Error()
	if len(text) > 512 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		tb.Errorf("not one line of at most 512 bytes: %d %q", len(text), text)
	}
	if !strings.HasPrefix(text, "apideck: ") {
		tb.Errorf("message %q does not begin with apideck:", text)
	}
	checkNoCanary(tb, "error", prints(err)+asJSON(err))
}

// checkNoCanary fails the test when a secret is in text.
func checkNoCanary(tb testing.TB, where, text string) {
	tb.Helper()
	for _, canary := range []string{canaryKey, canaryApp, canaryConsumer, canaryToken} {
		if strings.Contains(text, canary) || strings.Contains(text, hex.EncodeToString([]byte(canary))) {
			tb.Errorf("%s shows %q: %.300q", where, canary, text)
		}
	}
}

// attemptsOf returns how many attempts an error reports.
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

// attemptsOnly is the default policy with n attempts.
func attemptsOnly(n int) Option {
	policy := DefaultRetryConfig()
	policy.MaxAttempts = n
	return WithRetries(policy)
}

// retriesLeft returns how many retries, in tenths, the budget of c holds.
func retriesLeft(c *Client) int64 { return c.budget.tenths.Load() }
