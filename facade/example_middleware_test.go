package facade_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// transportFunc is a function as an http.RoundTripper.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// count prints each attempt. A program increments a metric.
func count(next http.RoundTripper) http.RoundTripper {
	return transportFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			id := resp.Header.Get(apierrors.RequestIDHeader)
			fmt.Println(req.Method, req.URL.Path, resp.StatusCode, id)
		}
		return resp, err
	})
}

// How do I trace or count every attempt? For OpenTelemetry, see examples/otel.
func ExampleWithMiddleware() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("account:12345"), facade.WithMiddleware(count))
	vault.Enqueue(vaulttest.ServerDown())

	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// POST /vault/sessions 503 req_1
	// POST /vault/sessions 200 req_2
}
