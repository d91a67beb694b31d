package facade_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// How do I stop the client from retrying?
func ExampleWithRetries() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	vault.Enqueue(vaulttest.Reply{Status: 503})

	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID("test-consumer"))
	fmt.Println(err)
	// Output: apideck: POST /vault/sessions: 503 Service Unavailable (request id req_1)
}

// How do I change one thing about the retries?
func ExampleDefaultRetryConfig() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	retries := facade.DefaultRetryConfig()
	retries.MaxAttempts = 5
	retries.InitialInterval = time.Millisecond
	client := vault.Client(facade.WithRetries(retries))
	for range 4 {
		vault.Enqueue(vaulttest.Reply{Status: 502})
	}

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Attempts, "attempts")
	// Output: 5 attempts
}

// How do I bound a whole call, retries included?
func ExampleSessions_Create_deadline() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client()
	vault.Enqueue(vaulttest.Reply{Delay: time.Minute})

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = client.Vault.Sessions.Create(ctx, facade.Session{}, facade.WithConsumerID("test-consumer"))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}
