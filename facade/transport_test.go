package facade

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestNewTransport_TakesProxiesFromTheEnvironment(t *testing.T) {
	got, want := reflect.ValueOf(newTransport().Proxy), reflect.ValueOf(http.ProxyFromEnvironment)
	if got.Pointer() != want.Pointer() {
		t.Error("it does not")
	}
}

// Not parallel: it replaces a global.
func TestNewTransport_DialTimeout(t *testing.T) { // row 4
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	before.LookupHost(t.Context(), "localhost") // what net keeps must not be of the bubble
	bubble(t, func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		dial := func(context.Context, string, string) (net.Conn, error) {
			<-done
			return nil, errors.New("done")
		}
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: dial}
		start := time.Now()
		_, err := newTransport().DialContext(t.Context(), "tcp", "api.test:443")
		atOnce.after(5*time.Second).check(t, start)
		if err == nil {
			t.Error("connected")
		}
	})
}

func TestNewTransport_IdleConnTimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		closed := make(chan struct{})
		c := newPipeClient(t, everyConn(func(conn net.Conn) {
			serveSession(conn)
			close(closed)
		}))
		start := time.Now()
		aSession(1).check(t, c)
		<-closed
		atOnce.after(55*time.Second).check(t, start)
	})
}

func TestSessionsCreate_TLSFaults(t *testing.T) {
	asLocalhost := func(server *httptest.Server) *http.Transport {
		server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
		return trusting(server)
	}
	distrusting := func(*httptest.Server) *http.Transport { return newTransport() }
	inTheFuture := func(server *httptest.Server) *http.Transport {
		transport := trusting(server)
		later := server.Certificate().NotAfter.Add(time.Hour)
		transport.TLSClientConfig.Time = func() time.Time { return later }
		return transport
	}
	old := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	unknown := aTransportError(1, "certificate signed by unknown authority")
	another := aTransportError(1, "certificate is valid for")
	expired := aTransportError(1, "certificate has expired")
	tests := []struct {
		name      string
		config    *tls.Config
		transport func(*httptest.Server) *http.Transport
		want      outcome
	}{
		{"row 7 an unknown CA", new(tls.Config), distrusting, unknown},
		{"row 7 another host", new(tls.Config), asLocalhost, another},
		{"row 7 an expired certificate", new(tls.Config), inTheFuture, expired},
		{"row 8 TLS 1.1 at most", old, trusting, aTransportError(1, "remote error: tls")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newServer(t, test.config, handleSession)
			transport := test.transport(server)
			err := test.want.check(t, newNetClient(t, transport, server.URL))
			_, ok := errors.AsType[*tls.CertificateVerificationError](err)
			if ok != strings.Contains(test.want.says, "certificate") {
				t.Errorf("got %T in %v", err, err)
			}
		})
	}
}

func TestSessionsCreate_ResetInTheTLSHandshake(t *testing.T) { // row 6
	reset := func(conn *net.TCPConn) {
		conn.Read(make([]byte, 16))
		conn.SetLinger(0)
	}
	url := strings.Replace(newRawServer(t, reset, reset, reset), "http:", "https:", 1)
	aTransportError(3, "reset").check(t, newNetClient(t, newTransport(), url))
}

func TestSessionsCreate_PlainHTTPOnTheTLSPort(t *testing.T) { // row 9
	url := newRawServer(t, func(conn *net.TCPConn) {
		io.WriteString(conn, "HTTP/1.0 400 Bad Request\r\n\r\n")
		conn.CloseWrite()
		io.Copy(io.Discard, conn)
	})
	c := newNetClient(t, newTransport(), strings.Replace(url, "http:", "https:", 1))
	checkIs(t, aTransportError(1, "").check(t, c), http.ErrSchemeMismatch)
}

func TestSessionsCreate_WithoutAClientCertificate(t *testing.T) { // row 78
	needsHTTP2(t)
	for version, attempts := range map[uint16]int{tls.VersionTLS12: 1, tls.VersionTLS13: 4} {
		config := &tls.Config{
			NextProtos: []string{"h2"},
			ClientAuth: tls.RequireAnyClientCert,
			MaxVersion: version,
		}
		server := newServer(t, config, func(http.ResponseWriter, *http.Request) {
			t.Error("the server handles a request")
		})
		for _, err := range createSessions(t, newNetClient(t, trusting(server), server.URL), 32) {
			// With TLS 1.3 net/http may lose the alert in a race, and then the call is retried.
			e, ok := err.(*apierrors.TransportError)
			if !ok || e.Attempts > attempts {
				t.Errorf("%T %v", err, err)
			}
			if attempts == 1 && !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("the alert is not in %v", err)
			}
		}
	}
}

func TestSessionsCreate_DoesNotFollowRedirects(t *testing.T) { // rows 31 to 35
	cases := 0
	for row, locations := range map[int][]string{
		31: {"/elsewhere"},
		32: {"https://example.com/vault/sessions"},
		33: {"https://example.com:8443/", "https://sub.example.com/", "https://other.test/", "//other.test/"},
		34: {"http://example.com/vault/sessions"},
		35: {"", "https://[::1", "https://user:" + testToken + "@h/%zz", "javascript:" + testToken},
	} {
		for _, location := range locations {
			for _, status := range []int{301, 302, 303, 307, 308} {
				cases++
				t.Run(fmt.Sprintf("row %d %d to %q", row, status, location), func(t *testing.T) {
					s := newScript(t, respond(status, "", "Location", location))
					c := newClient(t, s.option(), WithBaseURL("https://example.com"))
					e, ok := anAPIError(status, 1).check(t, c).(*apierrors.APIError)
					if ok && e.Header.Get("Location") != "" {
						t.Errorf("the error has the Location: %v", e.Header)
					}
				})
			}
		}
	}
	t.Logf("figure: redirects: 0 requests, so 0 bytes, to a second origin in %d cases", cases)
}

func TestSessionsCreate_ProxyFaults(t *testing.T) {
	rejects := func(status string) string { return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n" }
	rejected := func(attempts int, status string) outcome {
		return aTransportError(attempts, "the proxy rejected the connection: "+status)
	}
	tests := []struct {
		name      string
		transport *http.Transport
		response  string // to CONNECT
		want      outcome
	}{
		{"row 70 closes the connection", newTransport(), "", aTransportError(3, "EOF")},
		{"row 70 sends garbage", newTransport(), "what?\r\n\r\n", aTransportError(3, "malformed")},
		{"row 70 requires a password", newTransport(), rejects("407 Password"), rejected(1, "407 Proxy Auth")},
		{"row 77 denies the host", newTransport(), rejects("403 No Way"), rejected(1, "403 Forbidden")},
		{"row 77 cannot reach it", newTransport(), rejects("502 Bad Gateway"), rejected(3, "502 Bad Gateway")},
		{"row 77 fails", newTransport(), rejects("500 Busy"), rejected(3, "500 Internal")},
		// net/http's own transport only has the proxy's words.
		{"row 77 WithHTTPClient", new(http.Transport), rejects("403 No Way"), aTransportError(3, "sessions: No Way")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			connects := make(chan string, test.want.attempts)
			proxy := func(conn *net.TCPConn) {
				var seen strings.Builder
				http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &seen)))
				connects <- seen.String()
				io.WriteString(conn, test.response)
			}
			address, _ := url.Parse(newRawServer(t, slices.Repeat([]step{proxy}, test.want.attempts)...))
			test.transport.Proxy = http.ProxyURL(address)
			test.want.check(t, newNetClient(t, test.transport, "https://unify.example.com"))

			for range test.want.attempts {
				connect := <-connects
				if !strings.HasPrefix(connect, "CONNECT unify.example.com:443 ") {
					t.Errorf("the proxy got %q", connect)
				}
				checkNoSecret(t, "CONNECT", connect)
			}
		})
	}
}
