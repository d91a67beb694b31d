package facade_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// connect sends the signed-in customer to Vault. customerOf is your own sign-in.
func connect(client *facade.Client, customerOf func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
		defer cancel()

		session := facade.Session{RedirectURI: "https://mysaas.com/integrations"} // to return to
		resp, err := client.Vault.Sessions.Create(ctx, session, facade.WithConsumerID(customerOf(r)))
		if err != nil {
			writeError(w, r, err)
			return
		}

		w.Header().Set("Cache-Control", "no-store") // the URI is a secret
		http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
	}
}

// writeError responds with 503 if pressing the button again may help, else with 502.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	log.Print(err) // one line, without secrets

	switch {
	case r.Context().Err() != nil: // the browser went away, so that err is context.Canceled
	case apierrors.Temporary(err):
		http.Error(w, "Please try again in a minute.", http.StatusServiceUnavailable)
	default:
		http.Error(w, "Your integrations are not available.", http.StatusBadGateway)
	}
}

// How do I redirect a customer's browser to a session?
func Example_handler() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	customerOf := func(*http.Request) string { return "account:12345" }
	handler := connect(vault.Client(), customerOf) // a program calls facade.New

	w := httptest.NewRecorder()
	handler(w, httptest.NewRequest("POST", "/integrations", nil))
	fmt.Println(w.Code, strings.HasPrefix(w.Header().Get("Location"), vault.URL+"/session/"))
	// Output: 303 true
}
