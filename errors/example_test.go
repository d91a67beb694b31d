package errors_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// create makes one call to which the stand-in API responds with reply.
func create(reply vaulttest.Reply, opts ...facade.Option) error {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(reply)
	opts = append(opts, facade.WithConsumerID("test-consumer"))
	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{}, opts...)
	return err
}

// How do I show an error to a user? Say what they can do, and log the rest.
func Example() {
	show := func(err error) string {
		switch {
		case errors.Is(err, apierrors.ErrRateLimited), errors.Is(err, apierrors.ErrServer):
			return "Please try again in a minute."
		case errors.Is(err, apierrors.ErrPaymentRequired):
			return "Please contact support: our plan's limit is reached."
		}
		return "The integrations are not available. We have been told."
	}
	for _, status := range []int{401, 402, 503} {
		err := create(vaulttest.Reply{Status: status}, facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
		fmt.Println(show(err))
	}
	// Output:
	// The integrations are not available. We have been told.
	// Please contact support: our plan's limit is reached.
	// Please try again in a minute.
}

// What did the API say, and what do I tell its support?
func ExampleAPIError() {
	err := create(vaulttest.Reply{Status: 401, Body: `{
		"status_code": 401, "error": "Unauthorized", "type_name": "UnauthorizedError",
		"message": "Unknown key", "detail": "key 1"}`})

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

// How do I read a detail that is an object?
func ExampleDetail_Decode() {
	err := create(vaulttest.Reply{Status: 404, Body: `{"detail": {"not_found": {"entity": "widget", "id": "123"}}}`})

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

// What did the service behind the API say?
func ExampleDownstreamError() {
	err := create(vaulttest.Reply{Status: 400, Body: `{"downstream_errors": [
		{"message": "Account code '100' has been archived", "code": "VALIDATION_ERROR"}]}`})

	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
		for _, d := range e.DownstreamErrors {
			fmt.Println(d.Code, d.Message)
		}
	}
	// Output: VALIDATION_ERROR Account code '100' has been archived
}

// Did the network fail, and was it a timeout?
func ExampleTransportError() {
	err := create(vaulttest.Reply{Delay: time.Minute},
		facade.WithTimeout(10*time.Millisecond), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))

	if e, ok := errors.AsType[*apierrors.TransportError](err); ok {
		fmt.Println(e.Timeout(), e.Attempts)
	}
	// Output: true 1
}

// What if the response is not a session? Then something between the program and
// the API sent it, such as a captive portal.
func ExampleInvalidResponseError() {
	html := http.Header{"Content-Type": {"text/html"}}
	err := create(vaulttest.Reply{Status: 200, Header: html, Body: "<html>Sign in to the network</html>"})

	if e, ok := errors.AsType[*apierrors.InvalidResponseError](err); ok {
		fmt.Println(e.StatusCode, e.Reason)
	}
	// Output: 200 the body is empty or not JSON (Content-Type "text/html")
}

// Which field did I get wrong? Nothing was sent.
func ExampleValidationError() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{
		Settings: facade.Settings{SessionLength: (30 * time.Minute).String()},
	}, facade.WithConsumerID("test-consumer"))
	if e, ok := errors.AsType[*apierrors.ValidationError](err); ok {
		fmt.Println(e.Field)
		fmt.Println(e.Reason)
	}
	fmt.Println(len(vault.Requests()), "requests")
	// Output:
	// settings.session_length
	// must be one integer and one unit, at most one week, such as "30m", not "30m0s"; see facade.SessionLength
	// 0 requests
}
