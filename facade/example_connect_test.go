package facade_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/apideck-community/vault-go/vaulttest"
)

// These test the handler of Example_handler. README and vaulttest/doc.go show them.

func TestConnect(t *testing.T) {
	vault := vaulttest.NewServer(t)
	customerOf := func(*http.Request) string { return "account:12345" }

	w := httptest.NewRecorder()
	connect(vault.Client(), customerOf)(w, httptest.NewRequest("POST", "/integrations", nil))

	if w.Code != http.StatusSeeOther {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if got := vault.Requests()[0].ConsumerID; got != "account:12345" {
		t.Errorf("the session is for %q", got)
	}
}

func TestConnect_Outage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		down := vaulttest.ServerDown()
		down.Times = -1 // until vault.Reset
		vault.Enqueue(down)

		w := httptest.NewRecorder()
		customerOf := func(*http.Request) string { return "account:12345" }
		connect(vault.Client(), customerOf)(w, httptest.NewRequest("POST", "/integrations", nil))

		if w.Code != http.StatusServiceUnavailable || len(vault.Requests()) != 3 {
			t.Errorf("status %d after %d attempts: %s", w.Code, len(vault.Requests()), w.Body)
		}
	})
}

func TestWriteError(t *testing.T) {
	open := httptest.NewRequest("POST", "/integrations", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	closed := open.WithContext(ctx) // the browser went away

	for r, want := range map[*http.Request]int{
		open:   http.StatusBadGateway,
		closed: http.StatusOK, // nothing was written
	} {
		w := httptest.NewRecorder()
		writeError(w, r, context.Canceled)
		if w.Code != want {
			t.Errorf("status %d, want %d", w.Code, want)
		}
	}
}
