//go:build unix

package facade_test

import (
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

// Not parallel: no test may open a file while none can be opened.
func TestSessionsCreate_RecoversFromEMFILE(t *testing.T) { // row 79
	server := unstarted(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, validSession) })
	server.Start()
	c := sdk(t, facade.WithBaseURL(server.URL))
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	none := before
	none.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	err := create(t, c)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	wantError(t, err, 3, `^apideck: POST /vault/sessions: dial tcp.*too many open files \(3 attempts\)$`)
	wantIs(t, err, syscall.EMFILE)
	if err := create(t, c); err != nil {
		t.Errorf("with descriptors free again: %v", err)
	}
}
