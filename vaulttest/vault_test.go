package vaulttest_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// newServer starts a server without a socket.
func newServer(t *testing.T, opts ...vaulttest.Option) *vaulttest.Server {
	t.Helper()
	return vaulttest.NewServer(t, append(opts, vaulttest.InProcess())...)
}

// start is like newServer, but for a server that the test closes itself.
func start(t *testing.T, opts ...vaulttest.Option) *vaulttest.Server {
	t.Helper()
	vault, err := vaulttest.Start(append(opts, vaulttest.InProcess())...)
	if err != nil {
		t.Fatal(err)
	}
	return vault
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

// wantErrors makes a call with one attempt for each of the errors.
func wantErrors(t *testing.T, s *vaulttest.Server, want ...error) {
	t.Helper()
	for i, want := range want {
		if err := createOnce(t, s); !errors.Is(err, want) {
			t.Errorf("call %d: %v, want %v", i, err, want)
		}
	}
}

// request sends a request without the client.
func request(
	t *testing.T, s *vaulttest.Server, method, path, body string, header http.Header,
) (*http.Response, string) {
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

func goodHeader() http.Header {
	return http.Header{
		"Authorization":         {"Bearer k"},
		"Content-Type":          {"application/json"},
		"X-Apideck-App-Id":      {"app"},
		"X-Apideck-Consumer-Id": {"account:1"},
	}
}

// bubble runs f with a fake clock.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), "asynctimerchan=1") {
		t.Skip("testing/synctest does not work with GODEBUG=asynctimerchan=1")
	}
	synctest.Test(t, f)
}
