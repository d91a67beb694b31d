package vaulttest_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// connect is a handler to be tested: it sends the signed-in customer to Vault.
func connect(client *facade.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session := facade.Session{RedirectURI: "https://mysaas.com/integrations"}
		resp, err := client.Vault.Sessions.Create(r.Context(), session, facade.WithConsumerID("account:12345"))
		if err != nil {
			http.Error(w, "Your integrations cannot be reached now.", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
	}
}

func TestConnect(t *testing.T) {
	vault := vaulttest.NewServer(t)
	w := httptest.NewRecorder()
	connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))
	if r := vault.Requests()[0]; w.Code != http.StatusSeeOther || r.ConsumerID != "account:12345" {
		t.Errorf("status %d, a session for %s", w.Code, r.ConsumerID)
	}
}

// How the handler connect copes when the plan's limit is reached. A test calls
// [vaulttest.NewServer] instead of Start and Close.
func ExampleServer_Enqueue() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.PlanLimitReached())
	w := httptest.NewRecorder()
	connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))

	fmt.Println(w.Code, w.Body)
	// Output: 503 Your integrations cannot be reached now.
}
