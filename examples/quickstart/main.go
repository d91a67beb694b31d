package main

import (
	"context"
	"fmt"
	"log"

	"github.com/apideck-community/vault-go/facade"
)

func main() {
	client, err := facade.New() // APIDECK_API_KEY and APIDECK_APP_ID
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
		RedirectURI: "https://mysaas.com/dashboard",
	}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Data.SessionURI)
}
