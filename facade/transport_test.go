package facade

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
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
