package facade_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// startStandIn starts the stand-in of package vaulttest. A program calls
// facade.New instead of vault.Client.
func startStandIn() *vaulttest.Server {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	return vault
}

// How do I create a session and where do I send the customer?
func ExampleSessions_Create() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client()

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX"},
		Settings:         facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{facade.UnifiedAPICRM}},
	}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, strings.HasPrefix(resp.Data.SessionURI, vault.URL)) // send the browser there
	fmt.Printf("%s\n", vault.Requests()[0].Body)
	// Output:
	// OK true
	// {"consumer_metadata":{"account_name":"SpaceX"},"settings":{"unified_apis":["crm"]}}
}

// How do I serve many customers with one client?
func ExampleWithConsumerID() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client() // one for the program

	for _, tenant := range []string{"account:12345", "account:67890"} {
		_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID(tenant))
		if err != nil {
			log.Fatal(err)
		}
	}
	for _, r := range vault.Requests() {
		fmt.Println(r.Header.Get("x-apideck-consumer-id"))
	}
	// Output:
	// account:12345
	// account:67890
}

// Is there a function, for code that takes its dependencies as functions?
func ExampleCreateSession() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client()

	resp, err := facade.CreateSession(context.Background(), client, facade.Session{}, facade.WithConsumerID("c"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	// Output: OK
}

// How do I hide every action, and turn off what is on by default? An empty list
// and a pointer to false are sent; the API's default applies to what is nil.
func ExampleSettings() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		Settings: facade.Settings{
			AllowActions: []facade.Action{},
			ShowLogs:     new(false),
			AutoRedirect: new(true),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", vault.Requests()[0].Body)
	// Output: {"settings":{"allow_actions":[],"auto_redirect":true,"show_logs":false}}
}

// How do I pass my own settings along with a session?
func ExampleSession_customConsumerSettings() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	type taxRate struct {
		ID string `json:"id"`
	}
	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		CustomConsumerSettings: map[string]any{
			"feature_flag_1": true,
			"tax_rates":      []taxRate{{"6"}, {"21"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", vault.Requests()[0].Body)
	// Output: {"custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6"},{"id":"21"}]}}
}

// How do I set how long a session lasts?
func ExampleSessionLength() {
	fmt.Println(facade.SessionLength(30*time.Minute), facade.SessionLength(2*time.Hour))
	// Output: 30m 2h
}

// When does the session expire?
func ExampleCreateSessionResponse_ExpiresAt() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		Settings: facade.Settings{SessionLength: facade.SessionLength(30 * time.Minute)},
	})
	if err != nil {
		log.Fatal(err)
	}
	if expires, ok := resp.ExpiresAt(); ok {
		fmt.Println(time.Until(expires).Round(time.Minute))
	}
	// Output: 30m0s
}

// How do I send the customer to the page of one integration?
func ExampleCreateSessionResponse_IntegrationURI() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	uri, err := resp.IntegrationURI(facade.UnifiedAPICRM, "salesforce")
	page, _, _ := strings.Cut(strings.TrimPrefix(uri, vault.URL), "=")
	fmt.Println(page, err)
	// Output: /integrations/crm/salesforce?jwt <nil>
}

// Can I log the response? Yes, its secrets are redacted.
func ExampleCreateSessionResponse() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", resp)
	// Output:
	// {StatusCode:200 Status:"OK" Data:{SessionURI:[REDACTED] SessionToken:[REDACTED]}}
}

// How do I bound a whole call, retries included?
func ExampleSessions_Create_deadline() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))
	vault.Enqueue(vaulttest.Reply{Delay: time.Minute})

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := client.Vault.Sessions.Create(ctx, facade.Session{})
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}
