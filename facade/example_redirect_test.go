package facade_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apideck-community/vault-go/facade"
)

type customerKey struct{}

// signedIn is what a program's own authentication does: it stores the customer
// in the context. The id is never read from the request itself.
func signedIn(r *http.Request, customer string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), customerKey{}, customer))
}

// connect sends the browser of the signed-in customer to a session.
func connect(client *facade.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer, _ := r.Context().Value(customerKey{}).(string)
		if customer == "" {
			http.Error(w, "Please sign in.", http.StatusUnauthorized)
			return
		}
		resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{
			RedirectURI: "https://mysaas.com/dashboard",
		}, facade.WithConsumerID(customer))
		if err != nil {
			log.Print(err) // one line, without secrets
			http.Error(w, "Your integrations are not available right now. Please try again.", http.StatusBadGateway)
			return
		}
		w.Header().Set("Cache-Control", "no-store") // the URI opens the session
		http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
	}
}

// How do I redirect a customer's browser to a session?
func Example_redirectHandler() {
	vault := startStandIn()
	defer vault.Close()
	handler := connect(vault.Client())

	w := httptest.NewRecorder()
	handler(w, signedIn(httptest.NewRequest("GET", "/integrations", nil), "account:12345"))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"), strings.HasPrefix(w.Header().Get("Location"), vault.URL))

	w = httptest.NewRecorder()
	handler(w, httptest.NewRequest("GET", "/integrations", nil))
	fmt.Println(w.Code)
	// Output:
	// 303 no-store true
	// 401
}
