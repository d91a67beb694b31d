package facade_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

const validSession = `{"data":{"session_uri":"https://vault.example.com/session/a.b.c","session_token":"a.b.c"}}`

// sdk returns a client with credentials, the default retry policy, and opts.
func sdk(t *testing.T, opts ...facade.Option) *facade.Client {
	t.Helper()
	c, err := facade.New(slices.Concat([]facade.Option{
		facade.WithAPIKey("key-0123456789"), facade.WithAppID("app"), facade.WithConsumerID("consumer"),
	}, opts)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// create makes one call.
func create(t *testing.T, c *facade.Client, opts ...facade.Option) error {
	_, err := facade.CreateSession(t.Context(), c, facade.Session{}, opts...)
	return err
}

// transport is a function as WithHTTPClient's transport.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (f transport) option() facade.Option { return facade.WithHTTPClient(&http.Client{Transport: f}) }

// always responds to every request with status and body.
func always(status int, body string, header ...string) transport {
	return func(*http.Request) (*http.Response, error) { return response(status, body, header...), nil }
}

// response has the header fields key, value, ….
func response(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	content := io.NopCloser(strings.NewReader(body))
	return &http.Response{StatusCode: status, Header: h, Body: content, ContentLength: int64(len(body))}
}

// noRetry switches retries off.
func noRetry() facade.Option { return facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}) }

// wantError checks how many attempts err reports, 0 when it is no error of the
// API or the network, and that its text matches each pattern.
func wantError(t *testing.T, err error, attempts int, patterns ...string) {
	t.Helper()
	got := 0
	switch e := err.(type) {
	case nil:
		t.Errorf("no error, want one like %q", patterns)
		return
	case *apierrors.APIError:
		got = e.Attempts
	case *apierrors.TransportError:
		got = e.Attempts
	case *apierrors.InvalidResponseError:
		got = e.Attempts
	}
	if got != attempts {
		t.Errorf("%d attempts, want %d: %v", got, attempts, err)
	}
	wantText(t, err.Error(), patterns...)
}

func wantText(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(text) {
			t.Errorf("%q does not match %q", text, p)
		}
	}
}

// reasons returns the reason of each ValidationError in err by its field.
func reasons(t *testing.T, err error) map[string]string {
	t.Helper()
	all := map[string]string{}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			for field, reason := range reasons(t, e) {
				all[field] = reason
			}
		}
	} else if v, ok := err.(*apierrors.ValidationError); ok {
		all[v.Field] = v.Reason
	} else {
		t.Errorf("%T is not a *ValidationError: %v", err, err)
	}
	return all
}

func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%v is not in the chain of %v", target, err)
	}
}

// unstarted returns a server that does not log, for Start or StartTLS.
func unstarted(t *testing.T, h http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true // with StartTLS
	t.Cleanup(server.Close)
	return server
}
