//go:build linux

package infra

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// origin is a stand-in API in another process.
type origin struct {
	Addr    string
	Count   string // path of a file that gets a byte for each request
	TLS     bool   // with HTTP/2
	Latency time.Duration
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

// serveOrigin runs an origin until it is killed. It writes to the file at each request,
// so that the count survives.
func serveOrigin(config string) {
	var o origin
	check(json.Unmarshal([]byte(config), &o))
	vault := must(vaulttest.Start(vaulttest.InProcess(), vaulttest.WithLatency(o.Latency)))
	count := must(os.OpenFile(o.Count, os.O_APPEND|os.O_WRONLY, 0))

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(count.Write([]byte{'.'}))
		vault.ServeHTTP(w, r)
	})
	if o.TLS {
		pem := os.Getenv("SSL_CERT_FILE")
		check(http.ListenAndServeTLS(o.Addr, pem, pem, handler))
	}
	check(http.ListenAndServe(o.Addr, handler))
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
