package facade

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Not black-box: only defaultTransport over a pipe shows the default pool on a virtual clock.
func TestWithTimeout_IsTheOnlyLimitOnASlowResponse(t *testing.T) { // row 17
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := newTransport()
		pool.DialContext = func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				if req, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					io.Copy(io.Discard, req.Body)
					time.Sleep(50 * time.Second)
					io.WriteString(server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
				}
			}()
			return client, nil
		}
		c, err := New(WithAPIKey("key"), WithAppID("app"), WithConsumerID("consumer"), WithBaseURL("http://127.0.0.1:9"),
			WithHTTPClient(&http.Client{Transport: pool}), WithTimeout(time.Minute), WithRetries(RetryConfig{MaxAttempts: 1}))
		if err != nil {
			t.Fatal(err)
		}
		defer time.Sleep(time.Minute) // until the server's end is closed too
		defer c.CloseIdleConnections()
		start := time.Now()
		_, err = c.Vault.Sessions.Create(t.Context(), Session{})
		if took := time.Since(start); took != 50*time.Second || !strings.Contains(err.Error(), "403 Forbidden") {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
