package facade_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// In these examples, vaulttest.Start starts a stand-in for the API, and
// vault.Client returns a client of it. A program calls facade.New instead.

// How do I configure a client? Create one when the program starts, and share it.
func ExampleNew() {
	client, err := facade.New(
		facade.WithAPIKey("my-key"),       // instead of APIDECK_API_KEY
		facade.WithAppID("my-app"),        // instead of APIDECK_APP_ID
		facade.WithTimeout(5*time.Second), // of one attempt
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Vault.Sessions != nil)
	// Output: true
}

// How do I create a session, and where do I send the customer?
func ExampleSessions_Create() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client()
	ctx := context.Background()

	session := facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX", UserName: "Elon Musk"},
		RedirectURI:      "https://mysaas.com/integrations",
		Settings: facade.Settings{
			UnifiedAPIs:   []facade.UnifiedAPI{facade.UnifiedAPICRM, facade.UnifiedAPIHRIS},
			AllowActions:  []facade.Action{}, // none; nil is all of them
			ShowLogs:      new(false),        // nil is the API's default, true
			SessionLength: facade.SessionLength(30 * time.Minute),
		},
		Theme: facade.Theme{VaultName: "Acme", PrimaryColor: "#286efa"},
	}
	resp, err := client.Vault.Sessions.Create(ctx, session, facade.WithConsumerID("account:12345"))
	if err != nil {
		log.Fatal(err)
	}

	// Redirect the browser to the URI.
	fmt.Println(resp.Status, strings.HasPrefix(resp.Data.SessionURI, vault.URL))
	// Output: OK true
}

// How do I set how long a session lasts?
func ExampleSessionLength() {
	fmt.Println(facade.SessionLength(30*time.Minute), facade.SessionLength(2*time.Hour))
	// Output: 30m 2h
}

// What is in a response? Printing it is safe: its secrets are redacted. To pass the
// session on as JSON, encode Data.
func ExampleCreateSessionResponse() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("account:12345"))

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", resp)

	if expires, ok := resp.ExpiresAt(); ok {
		fmt.Println("expires in", time.Until(expires).Round(time.Minute))
	}
	page, err := resp.IntegrationURI(facade.UnifiedAPICRM, "salesforce") // of one integration
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(page, vault.URL+"/integrations/crm/salesforce?jwt="))
	data, err := json.Marshal(resp.Data)
	fmt.Println(strings.Contains(string(data), resp.Data.SessionToken), err)
	// Output:
	// {StatusCode:200 Status:"OK" Data:{SessionURI:[REDACTED] SessionToken:[REDACTED]}}
	// expires in 1h0m0s
	// true
	// true <nil>
}

// How do I log the calls?
func ExampleWithLogger() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	vault.Enqueue(vaulttest.ServerDown())
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug, // attempts are debug, retries are warnings
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key { // the others differ from run to run, or are long
			case slog.LevelKey, slog.MessageKey, "method", "path", "attempt", "status":
				return a
			}
			return slog.Attr{}
		},
	}))
	client := vault.Client(facade.WithConsumerID("account:12345"), facade.WithLogger(logger))

	_, err = client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=DEBUG msg="apideck: attempt" method=POST path=/vault/sessions attempt=1 status=503
	// level=WARN msg="apideck: retry" method=POST path=/vault/sessions attempt=1 status=503
	// level=DEBUG msg="apideck: attempt" method=POST path=/vault/sessions attempt=2 status=200
}

// How do I use an http.Client of my own, for a proxy or a private CA?
func ExampleWithHTTPClient() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // net/http keeps 2

	_, err := facade.New(
		facade.WithAPIKey("my-key"),
		facade.WithAppID("my-app"),
		facade.WithHTTPClient(&http.Client{Transport: transport}),
	)
	fmt.Println(err)
	// Output: <nil>
}

// How do I call a stand-in on another host, such as one in a compose file?
func ExampleWithInsecureHTTP() {
	_, err := facade.New(
		facade.WithAPIKey("my-key"),
		facade.WithAppID("my-app"),
		facade.WithBaseURL("http://mock-vault:4010"),
		facade.WithInsecureHTTP(),
	)
	fmt.Println(err)
	// Output: <nil>
}

// How do I change the retry policy? Change a copy of the default, or turn retries
// off with RetryConfig{MaxAttempts: 1}.
func ExampleWithRetries() {
	retries := facade.DefaultRetryConfig()
	retries.MaxAttempts = 5

	_, err := facade.New(
		facade.WithAPIKey("my-key"),
		facade.WithAppID("my-app"),
		facade.WithRetries(retries),
	)
	fmt.Println(err)
	// Output: <nil>
}
