package errors_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// What did the API say, and what do I tell its support?
func ExampleAPIError() {
	vault, err := vaulttest.Start() // a stand-in for the API
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.Reply{Status: 401, Body: `{"status_code": 401, "error": "Unauthorized",
		"type_name": "UnauthorizedError", "message": "Unknown key", "detail": "key 1"}`})

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"))
	if errors.Is(err, apierrors.ErrUnauthorized) {
		fmt.Println("check APIDECK_API_KEY and APIDECK_APP_ID")
	}
	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
	}
	fmt.Println(err)
	// Output:
	// check APIDECK_API_KEY and APIDECK_APP_ID
	// 401 UnauthorizedError req_1 key 1
	// apideck: POST /vault/sessions: 401 Unauthorized: Unknown key: key 1 (UnauthorizedError; request id req_1)
}

// May the customer press the button again? After an outage yes, with a wrong key no.
func ExampleTemporary() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.ServerDown(), vaulttest.KeyExpired())
	client := vault.Client(
		facade.WithConsumerID("account:12345"),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}),
	)

	for range 2 {
		_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
		fmt.Println(apierrors.Temporary(err))
	}
	// Output:
	// true
	// false
}

// How do I read a detail that is an object?
func ExampleDetail_Decode() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.Reply{Status: 404, Body: `{"detail": {"not_found": {"entity": "widget", "id": "123"}}}`})

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"))
	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
		var detail struct {
			NotFound struct{ Entity, ID string } `json:"not_found"`
		}
		if err := e.Detail.Decode(&detail); err != nil {
			log.Fatal(err)
		}
		fmt.Println(detail.NotFound.Entity, detail.NotFound.ID)
	}
	// Output: widget 123
}

// Did the network fail, and was it a timeout?
func ExampleTransportError() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.Reply{Delay: time.Minute})

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"),
		facade.WithTimeout(10*time.Millisecond),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	if e, ok := errors.AsType[*apierrors.TransportError](err); ok {
		fmt.Println(e.Timeout(), e.Attempts)
	}
	// Output: true 1
}

// What if a proxy or a captive portal responds with a page of its own?
func ExampleInvalidResponseError() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.Reply{Status: 200, Body: "<html>Sign in to the network</html>"})

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"))
	if e, ok := errors.AsType[*apierrors.InvalidResponseError](err); ok {
		fmt.Println(e.StatusCode, string(e.Body()))
	}
	// Output: 200 <html>Sign in to the network</html>
}

// Which option is not valid, and why?
func ExampleValidationError() {
	_, err := facade.New(facade.WithAPIKey("my-key"), facade.WithAppID("my-app "))
	if e, ok := errors.AsType[*apierrors.ValidationError](err); ok {
		fmt.Println(e.Field)
		fmt.Println(e.Reason)
	}
	// Output:
	// WithAppID
	// must not begin or end with a space
}
