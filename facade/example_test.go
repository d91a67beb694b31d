package facade_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// The examples run against the stand-in API of package vaulttest. A program
// calls facade.New instead of vault.Client.

// How do I create a session and where do I send the customer?
func ExampleSessions_Create() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client()

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX", UserName: "Elon Musk"},
		RedirectURI:      "https://mysaas.com/dashboard",
		Settings:         facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{facade.UnifiedAPICRM}},
		Theme:            facade.Theme{VaultName: "Intercom", PrimaryColor: "#286efa"},
	}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, strings.HasPrefix(resp.Data.SessionURI, vault.URL)) // send the browser there
	fmt.Printf("%s\n", vault.Requests()[0].Body)
	// Output:
	// OK true
	// {"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk"},"redirect_uri":"https://mysaas.com/dashboard","settings":{"unified_apis":["crm"]},"theme":{"primary_color":"#286efa","vault_name":"Intercom"}}
}

// How do I serve many customers with one client?
func ExampleWithConsumerID() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
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
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client()

	resp, err := facade.CreateSession(context.Background(), client, facade.Session{}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	// Output: OK
}

// How do I hide every action, and switch off what is on by default? An empty
// list is sent, and so is a false that is pointed to; what is left out takes
// the API's default.
func ExampleSettings() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{
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
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	type taxRate struct {
		ID    string `json:"id"`
		Label string `json:"label"`
	}
	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{
		CustomConsumerSettings: map[string]any{
			"feature_flag_1": true,
			"tax_rates":      []taxRate{{"6", "6%"}, {"21", "21%"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", vault.Requests()[0].Body)
	// Output: {"custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6","label":"6%"},{"id":"21","label":"21%"}]}}
}

// How do I say how long a session lives?
func ExampleSessionLength() {
	fmt.Println(facade.SessionLength(30*time.Minute), facade.SessionLength(2*time.Hour), facade.SessionLength(90*time.Second))
	// Output: 30m 2h 2m
}

// When does the session end?
func ExampleCreateSessionResponse_ExpiresAt() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
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

// Can I log the response? Yes: its secrets are not printed.
func ExampleCreateSessionResponse() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", resp)
	// Output: {StatusCode:200 Status:"OK" Data:{SessionURI:[REDACTED] SessionToken:[REDACTED]} RequestID:"req_1" Attempts:1}
}
