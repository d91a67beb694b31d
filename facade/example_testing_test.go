package facade_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// How do I test a handler that creates sessions? Give it the client of a
// stand-in, call it, and look at what arrived.
func Example_testMyHandler() {
	vault, err := vaulttest.Start() // in a test: vaulttest.NewServer(t)
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	handler := connect(vault.Client()) // the code under test

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, signedIn(httptest.NewRequest("GET", "/integrations", nil), "account:12345"))

	fmt.Println(w.Code, strings.HasPrefix(w.Header().Get("Location"), vault.URL))
	fmt.Println(vault.Requests()[0].Header.Get("x-apideck-consumer-id"))
	// Output:
	// 303 true
	// account:12345
}

// How do I see what my code does when the API fails? Script the answers.
func Example_simulateOutage() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	handler := connect(vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})))
	vault.Enqueue(vaulttest.Reply{Drop: true}, vaulttest.Reply{Status: 503}) // Drop cuts the connection

	for range 3 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, signedIn(httptest.NewRequest("GET", "/integrations", nil), "account:12345"))
		fmt.Println(w.Code)
	}
	// Output:
	// 502
	// 502
	// 303
}

// How do I see a rate limit? A wait of more than 30 s is not waited for: the
// call ends at once and the error says how long it would have been.
func Example_simulateRateLimit() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client()
	vault.Enqueue(vaulttest.Reply{Status: 429, Header: http.Header{"Retry-After": {"60"}}})

	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID("test-consumer"))
	if e, ok := errors.AsType[*apierrors.APIError](err); ok && errors.Is(err, apierrors.ErrRateLimited) {
		fmt.Println("try again in", e.RetryAfter)
	}
	// Output: try again in 1m0s
}
