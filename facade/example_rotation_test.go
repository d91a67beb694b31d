package facade_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// keyFile returns a function that reads the API key from a file, such as one that
// a secret manager mounts and replaces. Reading it for each attempt takes
// microseconds, and needs no lock and no file watcher.
func keyFile(name string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		key, err := os.ReadFile(name)
		return strings.TrimSpace(string(key)), err
	}
}

// How do I replace the API key without a restart and without a failed call? The
// function is called for each attempt. If the old key is revoked at the moment the
// new one is in place, an attempt in flight gets a 401; with 401 among the statuses
// to retry, the next attempt reads the new key.
func ExampleWithAPIKeyFunc() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.KeyExpired()) // the response to the attempt with the old key

	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte("new-key\n"), 0o600); err != nil {
		log.Fatal(err)
	}

	retries := facade.DefaultRetryConfig()
	retries.StatusCodes = append(retries.StatusCodes, http.StatusUnauthorized)
	client := vault.Client(facade.WithAPIKeyFunc(keyFile(file)), facade.WithRetries(retries))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("account:12345"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, "after", resp.Attempts, "attempts")
	// Output: OK after 2 attempts
}
