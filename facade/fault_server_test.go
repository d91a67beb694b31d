package facade

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// The faults of this file need a server of net/http: TLS, redirects, proxies
// and many connections. The row numbers are those of FAULTS.md.

// tlsServer starts a server with TLS and counts the connections it accepts.
func tlsServer(tb testing.TB, config *tls.Config, h http.Handler) (*httptest.Server, *atomic.Int64) {
	server := httptest.NewUnstartedServer(h)
	conns := countConns(server)
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	tb.Cleanup(server.Close)
	return server, conns
}

func countConns(server *httptest.Server) *atomic.Int64 {
	var conns atomic.Int64
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	return &conns
}

func creates(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, goodBody)
}

// trusting returns a client whose own transport trusts server's certificate.
func trusting(tb testing.TB, server *httptest.Server, opts ...Option) *Client {
	transport := defaultTransport()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return newTransportClient(tb, transport, server.URL, opts...)
}

// expired returns a certificate for 127.0.0.1 that ended yesterday.
func expired(tb testing.TB) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestFaultsOfTLS(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, c *Client, conns *atomic.Int64, want outcome) {
		t.Helper()
		want.attempts, want.max = 1, time.Minute
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		want.check(t, out, err, 0)
		if conns.Load() != 1 {
			t.Errorf("%d connections, want 1", conns.Load())
		}
	}
	isCertificate := func(t *testing.T, err error) {
		t.Helper()
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
			t.Errorf("no *tls.CertificateVerificationError in %v", err)
		}
	}
	t.Run("row 7 nothing is wrong", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, nil, http.HandlerFunc(creates))
		check(t, trusting(t, server), conns, outcome{session: true})
	})
	t.Run("row 7 an unknown CA", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, nil, http.HandlerFunc(creates))
		c := newRawClient(t, server.URL)
		check(t, c, conns, outcome{is: errAny, says: "certificate"})
		_, err := c.Vault.Sessions.Create(t.Context(), Session{})
		isCertificate(t, err)
	})
	t.Run("row 7 the wrong host", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, nil, http.HandlerFunc(creates))
		c := trusting(t, server, WithBaseURL(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)))
		check(t, c, conns, outcome{is: errAny, says: "certificate"})
		_, err := c.Vault.Sessions.Create(t.Context(), Session{})
		isCertificate(t, err)
	})
	t.Run("row 7 an expired certificate", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{expired(t)}}, http.HandlerFunc(creates))
		c := trusting(t, server)
		check(t, c, conns, outcome{is: errAny, says: "expired"})
		_, err := c.Vault.Sessions.Create(t.Context(), Session{})
		isCertificate(t, err)
	})
	t.Run("row 8 a server that has TLS 1.1 at most", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, http.HandlerFunc(creates))
		check(t, trusting(t, server), conns, outcome{is: errAny, says: "remote error: tls"})
	})
	t.Run("row 8 a server that wants a certificate", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, http.HandlerFunc(creates))
		check(t, trusting(t, server), conns, outcome{is: errAny, says: "remote error: tls"})
	})
	t.Run("row 9 plain HTTP on the port of HTTPS", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewUnstartedServer(http.HandlerFunc(creates))
		conns := countConns(server)
		server.Start()
		t.Cleanup(server.Close)
		check(t, newRawClient(t, strings.Replace(server.URL, "http:", "https:", 1)), conns, outcome{is: http.ErrSchemeMismatch})
	})
	t.Run("row 64 a session_uri that is not https", func(t *testing.T) {
		t.Parallel()
		server, conns := tlsServer(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, strings.Replace(goodBody, "https:", "http:", 1))
		}))
		check(t, trusting(t, server), conns, outcome{invalid: 200, says: "not an https URL"})
	})
}

func TestRedirectsAreNeverFollowed(t *testing.T) { // rows 31 to 35
	t.Parallel()
	targets := []struct {
		row      int
		location string
	}{
		{31, "/elsewhere"}, // same origin
		{32, "https://example.com/vault/sessions"},
		{33, "https://example.com:8443/vault/sessions"},
		{33, "https://sub.example.com/vault/sessions"},
		{33, "https://other.test/vault/sessions"},
		{33, "//other.test/vault/sessions"},
		{34, "http://example.com/vault/sessions"},
		{35, ""},
		{35, "https://[::1"},
		{35, "https://user:" + canaryToken + "@h/%zz"},
		{35, "javascript:" + canaryToken},
	}
	codes := []int{301, 302, 303, 307, 308}
	t.Cleanup(func() {
		t.Logf("figure: redirects: 0 connections, so 0 bytes, to a second origin in %d cases", len(targets)*len(codes))
	})
	for _, target := range targets {
		for _, code := range codes {
			t.Run(fmt.Sprintf("row %d %d to %q", target.row, code, target.location), func(t *testing.T) {
				t.Parallel()
				var requests atomic.Int64
				origin, _ := tlsServer(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					if target.location != "" {
						w.Header()["Location"] = []string{target.location}
					}
					w.WriteHeader(code)
				}))
				var second sync.Map // addresses dialled other than the origin's
				transport := defaultTransport()
				transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
				transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					if address != "example.com:443" {
						second.Store(address, true)
					}
					return new(net.Dialer).DialContext(ctx, network, origin.Listener.Addr().String())
				}
				c := newTransportClient(t, transport, "https://example.com")
				out, err := c.Vault.Sessions.Create(t.Context(), Session{})
				outcome{status: code, attempts: 1, max: time.Minute}.check(t, out, err, 0)
				if requests.Load() != 1 {
					t.Errorf("%d requests", requests.Load())
				}
				second.Range(func(address, _ any) bool {
					t.Errorf("connected to %v", address)
					return true
				})
				if e, ok := err.(*apierrors.APIError); ok && e.Header.Get("Location") != "" {
					t.Error("the error holds the Location")
				}
			})
		}
	}
}

func TestTheCallersClientFollowsRedirectsAsBefore(t *testing.T) {
	t.Parallel()
	own := &http.Client{Timeout: time.Minute}
	c := newFaultClient(t, WithHTTPClient(own))
	if own.Transport != nil || own.CheckRedirect != nil || own.Timeout != time.Minute {
		t.Errorf("the caller's client was changed: %+v", own)
	}
	if err := c.settings().httpClient.CheckRedirect(nil, nil); err != http.ErrUseLastResponse {
		t.Errorf("CheckRedirect of the copy says %v", err)
	}
}

func TestFaultsOfProxies(t *testing.T) { // row 70
	t.Parallel()
	const base = "https://unify.example.com"
	tests := []struct {
		name   string
		answer string
		want   outcome
	}{
		{"a proxy that wants a password", "HTTP/1.1 407 " + canaryToken + "\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", outcome{is: errProxyAuth, attempts: 1, says: "407"}},
		{"a proxy that cannot reach the host", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", outcome{is: errAny, attempts: 3, says: "Bad Gateway"}},
		{"a proxy that hangs up", "", outcome{is: errAny, attempts: 3, says: "EOF"}},
		{"a proxy that talks nonsense", "what?\r\n\r\n", outcome{is: errAny, attempts: 3, says: "malformed"}},
	}
	for _, r := range tests {
		t.Run("row 70 "+r.name, func(t *testing.T) {
			t.Parallel()
			connects := make(chan string, 3)
			step := func(conn *net.TCPConn) {
				var seen strings.Builder
				http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &seen)))
				connects <- seen.String()
				io.WriteString(conn, r.answer)
			}
			steps := make([]func(*net.TCPConn), r.want.attempts)
			for i := range steps {
				steps[i] = step
			}
			proxy, _ := url.Parse(newRawServer(t, steps...))
			transport := defaultTransport()
			transport.Proxy = http.ProxyURL(proxy)
			c := newTransportClient(t, transport, base)
			out, err := c.Vault.Sessions.Create(t.Context(), Session{})
			r.want.max = time.Minute
			r.want.check(t, out, err, 0)
			for range steps {
				connect := <-connects
				if !strings.HasPrefix(connect, "CONNECT unify.example.com:443 ") {
					t.Errorf("the proxy got %q", connect)
				}
				checkNoCanary(t, "CONNECT", connect)
			}
		})
	}
}

func TestOneClientSharedByAThousand(t *testing.T) { // row 72
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(creates))
	conns := countConns(server)
	server.Start()
	t.Cleanup(server.Close)
	c := newRawClient(t, server.URL)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			out, err := c.Vault.Sessions.Create(t.Context(), Session{}, WithConsumerID(fmt.Sprintf("consumer-%d", i)))
			if err != nil || out.Data.SessionToken != canaryToken {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	opened := conns.Load()
	for range 100 {
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Fatal(err)
		}
	}
	// Some few more are no fault: net/http drops a connection when it cannot
	// see within 50 ms that its request was written.
	if opened > 1010 || conns.Load() > opened+10 {
		t.Errorf("%d connections for 1000 calls at once, and %d more for 100 in a row: not one pool", opened, conns.Load()-opened)
	}
}
