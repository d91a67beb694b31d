package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestMain_PrintsTheURIOfASession(t *testing.T) {
	vault := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "test-key")
	t.Setenv(facade.EnvAppID, "test-app")
	t.Setenv(facade.EnvBaseURL, vault.URL)
	t.Setenv(facade.EnvInsecureHTTP, "")
	output, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	terminal := os.Stdout
	os.Stdout = stdout
	main()
	os.Stdout = terminal

	var uri string
	if _, err := fmt.Fscanln(output, &uri); err != nil || !strings.HasPrefix(uri, vault.URL+"/session/") {
		t.Errorf("printed %q, %v", uri, err)
	}
	r := vault.Requests()[0]
	const want = `{"redirect_uri":"https://mysaas.com/dashboard"}`
	if r.AppID != "test-app" || r.ConsumerID != "test-consumer" || string(r.Body) != want {
		t.Errorf("sent %s", r.Body)
	}
}
