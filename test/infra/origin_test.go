//go:build linux

package infra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

var originScenarios = []scenario{
	{
		name:       "origin stopped for 8 s (SIGSTOP), 3 s an attempt",
		start:      stoppedOrigin,
		calls:      400,
		callers:    32,
		allSucceed: true,
	},
	{
		name: "one HTTP/2 connection reset under 64 calls",
		start: func(l *lab) {
			l.origin(origin{TLS: true, Latency: 100 * time.Millisecond, Breaks: 160})
		},
		calls:      256,
		callers:    64,
		allSucceed: true,
	},
	{
		name:       "one call over 200 dead pooled connections",
		start:      func(l *lab) { l.origin(origin{Latency: 200 * time.Millisecond, Breaks: 200}) },
		calls:      1,
		callers:    1,
		warm:       200,
		allSucceed: true,
	},
	{
		name:      "64 file descriptors, 200 callers",
		start:     func(l *lab) { l.origin(origin{Latency: 5 * time.Millisecond}) },
		calls:     200,
		callers:   200,
		fileLimit: 64,
		recovers:  true,
	},
}

func stoppedOrigin(l *lab) {
	l.attemptTimeout, l.callTimeout = 3*time.Second, 12*time.Second
	o := l.origin(origin{})
	l.disturb = func(round int) {
		if round == 1 {
			o.signal(syscall.SIGSTOP)
			time.AfterFunc(8*time.Second, func() { o.signal(syscall.SIGCONT) })
		}
	}
}

// origin is a stand-in API in another process.
type origin struct {
	Addr    string
	Count   string // path of a file that gets a byte for each request
	TLS     bool   // with HTTP/2
	Latency time.Duration

	// Breaks: after this many requests, connections that are older are reset when next used.
	Breaks int64
}

// origin starts an origin and sets the lab's URL to it.
func (l *lab) origin(o origin) *process {
	o.Addr, o.Count = freeAddr(), l.count
	l.url = "http://" + o.Addr
	if o.TLS {
		l.url = "https://" + o.Addr
	}
	return l.run(o.Addr, os.Args[0], "origin", string(must(json.Marshal(o))))
}

// serveOrigin runs an origin. It writes to the file at each request, so that the
// count survives a kill.
func serveOrigin(config string) {
	var o origin
	check(json.Unmarshal([]byte(config), &o))
	vault := must(vaulttest.Start(vaulttest.InProcess(), vaulttest.WithLatency(o.Latency)))
	count := must(os.OpenFile(o.Count, os.O_APPEND|os.O_WRONLY, 0))

	var requests atomic.Int64
	type connKey struct{}
	type connection struct {
		*net.TCPConn
		before int64 // requests before it was opened
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(count.Write([]byte{'.'}))
		conn := r.Context().Value(connKey{}).(connection)
		if requests.Add(1) > o.Breaks && conn.before < o.Breaks {
			io.Copy(io.Discard, r.Body)
			conn.SetLinger(0)
			conn.Close()
		}
		vault.ServeHTTP(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn()
		}
		return context.WithValue(ctx, connKey{}, connection{conn.(*net.TCPConn), requests.Load()})
	}
	server.Listener = must(net.Listen("tcp", o.Addr))
	server.EnableHTTP2 = true
	if o.TLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	select {}
}

// writeCertificate writes the certificate and the key of TLS origins as PEM.
func writeCertificate(t *testing.T) string {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	certificate := server.TLS.Certificates[0]
	file := must(os.Create(t.TempDir() + "/origin.pem"))
	defer file.Close()
	check(pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
	key := must(x509.MarshalPKCS8PrivateKey(certificate.PrivateKey))
	check(pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	return file.Name()
}
