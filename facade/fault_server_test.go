package facade_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// The faults of this file need a server of net/http: TLS, redirects, proxies
// and many connections. The row numbers are those of FAULTS.md.

// startServer starts a server and counts the connections it accepts.
func startServer(tb testing.TB, tls bool, config *tls.Config, h http.Handler) (*httptest.Server, *atomic.Int64) {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	var conns atomic.Int64
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	tb.Cleanup(server.Close)
	if !tls {
		server.Start()
		return server, &conns
	}
	server.TLS, server.EnableHTTP2 = config, true
	server.StartTLS()
	return server, &conns
}

func tlsServer(tb testing.TB, config *tls.Config, h http.Handler) (*httptest.Server, *atomic.Int64) {
	return startServer(tb, true, config, h)
}

func plainServer(tb testing.TB, h http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	return startServer(tb, false, nil, h)
}

func creates(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, sessionJSON)
}

// trusting returns a client whose own transport trusts server's certificate.
func trusting(tb testing.TB, server *httptest.Server, opts ...facade.Option) *facade.Client {
	transport := facade.DefaultTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	return newRawClient(tb, transport, server.URL, opts...)
}

func TestSessionsCreate_TLSFaults(t *testing.T) {
	t.Parallel()
	insecure := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Replace(sessionJSON, "https:", "http:", 1))
	})
	modern := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || r.TLS.Version < tls.VersionTLS12 {
			t.Errorf("%s, TLS version %x", r.Proto, r.TLS.Version)
		}
		creates(w, r)
	})
	tests := []struct {
		n       int
		name    string
		config  *tls.Config
		handler http.Handler
		client  func(testing.TB, *httptest.Server) *facade.Client
		want    outcome
	}{
		{0, "nothing is wrong, and HTTP/2 is used", nil, modern, nil, outcome{session: true}},
		{7, "an unknown CA", nil, nil, func(tb testing.TB, server *httptest.Server) *facade.Client {
			return newRawClient(tb, nil, server.URL)
		}, outcome{is: errAny, says: "certificate"}},
		{7, "another host", nil, nil, func(tb testing.TB, server *httptest.Server) *facade.Client {
			return trusting(tb, server, facade.WithBaseURL(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)))
		}, outcome{is: errAny, says: "certificate"}},
		{7, "an expired certificate", nil, nil, func(tb testing.TB, server *httptest.Server) *facade.Client {
			transport := facade.DefaultTransport()
			later := server.Certificate().NotAfter.Add(time.Hour)
			transport.TLSClientConfig = &tls.Config{Time: func() time.Time { return later }}
			return newRawClient(tb, transport, server.URL)
		}, outcome{is: errAny, says: "expired"}},
		{8, "TLS 1.1 at most", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, nil, nil,
			outcome{is: errAny, says: "remote error: tls"}},
		{64, "a session_uri that is not https", nil, insecure, nil, outcome{invalid: 200, says: "not an https URL"}},
	}
	for _, r := range tests {
		t.Run(fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			t.Parallel()
			if r.handler == nil {
				r.handler = http.HandlerFunc(creates)
			}
			server, conns := tlsServer(t, r.config, r.handler)
			c := trusting(t, server)
			if r.client != nil {
				c = r.client(t, server)
			}
			r.want.attempts, r.want.max = 1, time.Minute
			err := r.want.check(t, c)
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok != (r.n == 7) {
				t.Errorf("got %v", err)
			}
			if conns.Load() != 1 {
				t.Errorf("%d connections, want 1", conns.Load())
			}
		})
	}
}

func TestSessionsCreate_DoesNotFollowRedirects(t *testing.T) {
	var location string
	var code, requests, cases int
	origin, _ := tlsServer(t, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.WriteHeader(code)
	}))
	transport := facade.DefaultTransport()
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "example.com:443" {
			t.Errorf("a redirect to %s is followed to %s", location, address)
		}
		return new(net.Dialer).DialContext(ctx, network, origin.Listener.Addr().String())
	}
	c := newRawClient(t, transport, "https://example.com")
	for row, locations := range map[int][]string{
		31: {"/elsewhere"},
		32: {"https://example.com/vault/sessions"},
		33: {"https://example.com:8443/", "https://sub.example.com/", "https://other.test/", "//other.test/"},
		34: {"http://example.com/vault/sessions"},
		35: {"", "https://[::1", "https://user:" + testToken + "@h/%zz", "javascript:" + testToken},
	} {
		for _, location = range locations {
			for _, code = range []int{301, 302, 303, 307, 308} {
				cases++
				t.Run(fmt.Sprintf("row %d %d to %q", row, code, location), func(t *testing.T) {
					err := outcome{status: code, attempts: 1, max: time.Minute}.check(t, c)
					if e, ok := err.(*apierrors.APIError); !ok || e.Header.Get("Location") != "" || requests != cases {
						t.Errorf("%d requests, or the error has the Location: %#v", requests, err)
					}
				})
			}
		}
	}
	t.Logf("figure: redirects: 0 connections, so 0 bytes, to a second origin in %d cases", cases)
}

func TestSessionsCreate_ProxyFaults(t *testing.T) {
	t.Parallel()
	refuses := func(status string) string { return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n" }
	const rejected = "the proxy rejected the connection: "
	tests := []struct {
		row      int
		name     string
		response string  // to CONNECT
		own      outcome // with the client's own transport
		given    outcome // with one of WithHTTPClient, which has only net/http's words
	}{
		{70, "closes the connection", "", failed(3, "EOF"), failed(3, "EOF")},
		{70, "sends garbage", "what?\r\n\r\n", failed(3, "malformed"), failed(3, "malformed")},
		{70, "requires a password", refuses("407 Proxy Authentication Required"),
			failed(1, rejected+"407 Proxy Auth"), failed(3, "sessions: Proxy Authentication Required")},
		{77, "denies the host", refuses("403 Forbidden"),
			failed(1, rejected+"403 Forbidden"), failed(3, "sessions: Forbidden")},
		{77, "cannot reach the host", refuses("502 Bad Gateway"),
			failed(3, rejected+"502 Bad Gateway"), failed(3, "sessions: Bad Gateway")},
		{77, "is overloaded", refuses("503 Service Unavailable"),
			failed(3, rejected+"503 Service Unavailable"), failed(3, "sessions: Service Unavailable")},
		{77, "has words of its own", refuses("403 No Way"),
			failed(1, rejected+"403 Forbidden"), failed(3, "sessions: No Way")},
	}
	for _, r := range tests {
		for name, transport := range map[string]*http.Transport{
			"the client's own": facade.DefaultTransport(), "WithHTTPClient": {DialContext: new(net.Dialer).DialContext},
		} {
			want := r.own
			if name == "WithHTTPClient" {
				want = r.given
			}
			t.Run(fmt.Sprintf("row %d %s, transport %s", r.row, r.name, name), func(t *testing.T) {
				t.Parallel()
				connects := make(chan string, 3)
				step := func(conn *net.TCPConn) {
					var seen strings.Builder
					http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &seen)))
					connects <- seen.String()
					io.WriteString(conn, r.response)
				}
				proxy, _ := url.Parse(newRawServer(t, slices.Repeat([]func(*net.TCPConn){step}, want.attempts)...))
				transport.Proxy = http.ProxyURL(proxy)
				want.max = time.Minute
				want.check(t, newRawClient(t, transport, "https://unify.example.com"))
				for range want.attempts {
					connect := <-connects
					if !strings.HasPrefix(connect, "CONNECT unify.example.com:443 ") {
						t.Errorf("the proxy got %q", connect)
					}
					checkNoSecret(t, "CONNECT", connect)
				}
			})
		}
	}
}

func TestSessionsCreate_ConcurrentCallsShareOnePool(t *testing.T) { // row 72
	t.Parallel()
	server, conns := plainServer(t, creates)
	c := newRawClient(t, nil, server.URL)
	if err := errors.Join(createSessions(t, c, 1000)...); err != nil {
		t.Error(err)
	}
	// A few more are normal: net/http drops a connection if it cannot tell
	// within 50 ms that its request was written.
	if conns.Load() > 1010 {
		t.Errorf("%d connections for 1000 calls", conns.Load())
	}
}

// createSessions makes n calls at once and returns their errors.
func createSessions(tb testing.TB, c *facade.Client, n int) []error {
	var calls sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		calls.Go(func() { _, errs[i] = createSession(tb, c) })
	}
	calls.Wait()
	return errs
}

func TestSessionsCreate_LostHTTP2Connection(t *testing.T) { // row 75
	t.Parallel()
	const calls = 64
	var requests atomic.Int64
	lost := make(chan struct{})
	var server *httptest.Server
	server, _ = tlsServer(t, &tls.Config{NextProtos: []string{"h2"}}, http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			n := requests.Add(1) - 1 // the first request opens the connection
			if n == calls {
				server.CloseClientConnections()
				close(lost)
			}
			if 0 < n && n <= calls {
				<-lost
				return
			}
			creates(w, r)
		}))
	c := trusting(t, server)
	if _, err := createSession(t, c); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(createSessions(t, c, calls)...); err != nil {
		t.Errorf("row 75: %d of %d calls failed: %v", strings.Count(err.Error(), "\n")+1, calls, err)
	}
}

func TestSessionsCreate_WithoutAClientCertificate(t *testing.T) { // row 78
	t.Parallel()
	for version, attempts := range map[uint16]int{tls.VersionTLS12: 1, tls.VersionTLS13: 4} {
		server, _ := tlsServer(t, &tls.Config{
			NextProtos: []string{"h2"}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version,
		}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server handles a request") }))
		for _, err := range createSessions(t, trusting(t, server), 32) {
			// With TLS 1.3 net/http may lose the alert in a race, and then the call is retried.
			e, ok := err.(*apierrors.TransportError)
			if !ok || e.Attempts > attempts || attempts == 1 && !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("row 78: %T %v", err, err)
			}
		}
	}
}
