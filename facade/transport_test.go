package facade

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestTheDefaultTransportSpeaksHTTP2OverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || r.TLS == nil || r.TLS.Version < tls.VersionTLS12 {
			t.Errorf("%s, TLS %v", r.Proto, r.TLS)
		}
		if len(r.Header["Idempotency-Key"]) != 0 {
			t.Errorf("Idempotency-Key is on the wire: %q", r.Header["Idempotency-Key"])
		}
		creates(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := defaultTransport()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	c := newTransportClient(t, transport, server.URL)
	if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
		t.Error(err)
	}
}

func TestTheDefaultTransportTakesProxiesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if reflect.ValueOf(defaultTransport().Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("it does not")
	}
}

func TestAnIdleConnectionIsClosedAfter55Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan time.Time, 1)
		c := newPipeClient(t, pipes(always(func(conn net.Conn) {
			works(conn)
			closed <- time.Now()
		})))
		start := time.Now()
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Fatal(err)
		}
		if idle := (<-closed).Sub(start); idle != 55*time.Second {
			t.Errorf("closed after %v", idle)
		}
	})
}

func TestTheTimeoutOfTheCallersClientBoundsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		transport := defaultTransport()
		transport.DialContext = pipes(always(silence))
		c := newFaultClient(t, WithHTTPClient(&http.Client{Transport: transport, Timeout: 2 * time.Second}))
		t.Cleanup(c.CloseIdleConnections)
		start := time.Now()
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		outcome{is: errAny, attempts: 3, min: 6 * time.Second, max: 6*time.Second + 3*backoff}.check(t, out, err, time.Since(start))
	})
}

func TestClosingIdleConnectionsReachesTheCallersTransport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan bool, 1)
		c := newPipeClient(t, pipes(always(func(conn net.Conn) {
			works(conn)
			_, err := conn.Read(make([]byte, 1))
			closed <- err == io.EOF
		})))
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c.CloseIdleConnections()
		if !<-closed || time.Since(start) != 0 {
			t.Errorf("not closed at once, but after %v", time.Since(start))
		}
	})
}

// In a bubble, because net/http drops a connection when a busy machine takes
// more than 50 ms to tell that the request was written.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	t.Run("640 requests at concurrency 32", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			// The first 32 wait for each other: net/http may dial once more for
			// a request that then gets a connection which has just become free.
			var together sync.WaitGroup
			together.Add(32)
			dials := 0
			c := newPipeClient(t, pipes(func(n int) func(net.Conn) {
				dials = n
				return func(conn net.Conn) {
					r := bufio.NewReader(conn)
					if readRequest(r) && n <= 32 {
						together.Done()
						together.Wait()
					}
					for ok := true; ok; ok = readRequest(r) {
						io.WriteString(conn, wholeAnswer)
					}
				}
			}))
			var wg sync.WaitGroup
			for range 32 {
				wg.Go(func() {
					for range 20 {
						if out, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil || out.Attempts != 1 {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			t.Logf("figure: connections: %d for 640 requests at concurrency 32", dials)
			if dials > 32 {
				t.Errorf("%d connections", dials)
			}
		})
	})
	t.Run("ten 503s with a 4 KiB body", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			dials := 0
			down := respond("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4096\r\n\r\n"+strings.Repeat("x", 4096), nil)
			c := newPipeClient(t, pipes(func(n int) func(net.Conn) {
				dials = n
				return down
			}), attemptsOnly(1))
			for range 10 {
				if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); !errors.Is(err, apierrors.ErrServer) {
					t.Fatal(err)
				}
			}
			t.Logf("figure: connections: %d for ten 503s with a 4 KiB body", dials)
			if dials != 1 {
				t.Errorf("%d connections", dials)
			}
		})
	})
}
