package vaulttest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// newServer starts a server without a socket.
func newServer(t *testing.T, opts ...vaulttest.Option) *vaulttest.Server {
	t.Helper()
	return vaulttest.NewServer(t, append(opts, vaulttest.InProcess())...)
}

// equal reports a difference at the line of its caller.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// create creates a session for one consumer.
func create(t *testing.T, c *facade.Client, session facade.Session) *facade.CreateSessionResponse {
	t.Helper()
	resp, err := c.Vault.Sessions.Create(t.Context(), session, facade.WithConsumerID("account:1"))
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// createOnce returns the error of a call with one attempt.
func createOnce(t *testing.T, s *vaulttest.Server, opts ...facade.Option) error {
	t.Helper()
	once := facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})
	client := s.Client(append([]facade.Option{facade.WithConsumerID("account:1"), once}, opts...)...)
	defer client.CloseIdleConnections()
	_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
	return err
}

// createEach makes a call with one attempt for each of the errors that it wants.
func createEach(t *testing.T, s *vaulttest.Server, want ...error) {
	t.Helper()
	for i, want := range want {
		if err := createOnce(t, s); !errors.Is(err, want) {
			t.Errorf("call %d: %v, want %v", i, err, want)
		}
	}
}

// request sends a request that is valid but for the given keys and values of headers.
func request(
	t *testing.T, s *vaulttest.Server, method, path, body string, headers ...string,
) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	req.Header = http.Header{
		"Authorization":         {"Bearer k"},
		"Content-Type":          {"application/json"},
		"X-Apideck-App-Id":      {"app"},
		"X-Apideck-Consumer-Id": {"account:1"},
	}
	for header := range slices.Chunk(headers, 2) {
		req.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}
