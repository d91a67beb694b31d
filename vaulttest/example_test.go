package vaulttest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// connect is the handler under test. It redirects the signed-in customer to Vault.
func connect(client *facade.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session := facade.Session{RedirectURI: "https://mysaas.com/integrations"}
		resp, err := client.Vault.Sessions.Create(r.Context(), session, facade.WithConsumerID("account:12345"))
		if err != nil {
			http.Error(w, "Your integrations are not available right now.", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
	}
}

func TestConnect(t *testing.T) {
	vault := vaulttest.NewServer(t)
	w := httptest.NewRecorder()
	connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))
	if w.Code != http.StatusSeeOther || vault.Requests()[0].ConsumerID != "account:12345" {
		t.Errorf("status %d, requests %v", w.Code, vault.Requests())
	}
}

// Test how the handler connect responds when the plan's limit is reached. A test
// calls [vaulttest.NewServer] instead of Start and Close.
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
	// Output: 503 Your integrations are not available right now.
}

// List what the customer has connected on the hosted page: nothing until a
// browser presses the page's buttons. Reset separates two tests.
func ExampleServer_Connections() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()

	client := vault.Client(facade.WithConsumerID("account:12345"))
	if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vault.Requests()), len(vault.Connections("account:12345")))
	vault.Reset()
	fmt.Println(len(vault.Requests()))
	// Output:
	// 1 0
	// 0
}

// Create session URIs for a server behind a TLS proxy, with tokens that survive
// a restart.
func ExampleWithPublicURL() {
	vault, err := vaulttest.Start(
		vaulttest.WithPublicURL("https://vault.example.com"), vaulttest.WithSigningKey([]byte("a key of your own")))
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()

	client := vault.Client(facade.WithConsumerID("account:12345"))
	session, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(session.Data.SessionURI, "https://vault.example.com/session/"))
	// Output: true
}
