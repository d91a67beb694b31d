package facade_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// attempts prints each attempt on its way through the transport.
type attempts struct{ next http.RoundTripper }

func (a attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(req)
	if err == nil {
		fmt.Println(req.Method, req.URL.Path, resp.StatusCode)
	}
	return resp, err
}

// How do I use an http.Client of my own, for a proxy, a private CA or tracing?
// It sees every attempt.
func ExampleWithHTTPClient() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // net/http keeps 2
	defer transport.CloseIdleConnections()
	client := vault.Client(facade.WithHTTPClient(&http.Client{Transport: attempts{transport}}))
	vault.Enqueue(vaulttest.Reply{Status: 503})

	if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID("test-consumer")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// POST /vault/sessions 503
	// POST /vault/sessions 200
}
