package vaulttest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// create creates a session for one consumer.
func create(t *testing.T, c *facade.Client, session facade.Session) *facade.CreateSessionResponse {
	t.Helper()
	resp, err := c.Vault.Sessions.Create(t.Context(), session, facade.WithConsumerID("account:1"))
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func createError(t *testing.T, c *facade.Client, opts ...facade.Option) error {
	t.Helper()
	_, err := c.Vault.Sessions.Create(t.Context(), facade.Session{}, append([]facade.Option{facade.WithConsumerID("account:1")}, opts...)...)
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

func once() facade.Option { return facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}) }

// request sends a request as it is, in process.
func request(t *testing.T, s *vaulttest.Server, method, path, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://vault.invalid"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := s.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func goodHeader() http.Header {
	return header("Authorization", "Bearer k", "Content-Type", "application/json", "x-apideck-app-id", "app", "x-apideck-consumer-id", "consumer")
}

// recorder is a TB that keeps what a test would report.
type recorder struct {
	errors, fatals []string
	cleanups       []func()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.fatals = append(r.fatals, fmt.Sprintf(format, args...))
}
func (r *recorder) end() {
	for _, f := range r.cleanups {
		f()
	}
}
