package vaulttest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// How do I fake an outage? A test calls [vaulttest.NewServer] instead of Start and
// Close.
func ExampleServer_Enqueue() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	down := vaulttest.ServerDown()
	down.Times = 3 // one for each attempt of a call
	vault.Enqueue(down)

	_, err = vault.Client().Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"))
	fmt.Println(err != nil, "after", len(vault.Requests()), "requests")
	// Output: true after 3 requests
}

// How do I test what my program does about a connection that stopped working?
func ExampleServer_SetConnections() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.SetConnections("account:12345", vaulttest.Connection{
		UnifiedAPI: facade.UnifiedAPICRM,
		ServiceID:  "salesforce",
		State:      vaulttest.StateInvalid,
		Enabled:    true,
	})

	// The program reads GET /vault/connections; a test can also read them here,
	// after a browser has used the hosted page.
	for _, c := range vault.Connections("account:12345") {
		fmt.Println(c.UnifiedAPI, c.ServiceID, c.State)
	}
	// Output: crm salesforce invalid
}
