package facade_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// What happens when the configuration is wrong? New names every problem.
func ExampleNew() {
	_, err := facade.New(
		facade.WithAPIKey("Bearer sk_live_example"),
		facade.WithAppID("my-app "),
		facade.WithBaseURL("https://vault.apideck.com"),
	)
	fmt.Println(err)
	// Output:
	// apideck: WithAPIKey: must not begin with "Bearer"; give it the key alone
	// apideck: WithAppID: must not begin or end with a space
	// apideck: WithBaseURL: must not be the hosted page; the API is at https://unify.apideck.com
}

// How do I rotate the API key without a restart? The function is called once
// for each attempt.
func ExampleWithAPIKeyFunc() {
	vault := startStandIn()
	defer vault.Close()
	var current atomic.Value // what a secret manager's client holds
	client := vault.Client(facade.WithConsumerID("test-consumer"),
		facade.WithAPIKeyFunc(func(context.Context) (string, error) {
			fmt.Println("using", current.Load())
			return current.Load().(string), nil
		}))

	for _, key := range []string{"old-key", "new-key"} {
		current.Store(key)
		if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// using old-key
	// using new-key
}

// How do I send an extra header, with one call or with all?
func ExampleWithHeader() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithHeader("X-Team", "billing"))

	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("test-consumer"), facade.WithHeader("X-Correlation-Id", "4711"))
	if err != nil {
		log.Fatal(err)
	}
	header := vault.Requests()[0].Header
	fmt.Println(header.Get("X-Team"), header.Get("X-Correlation-Id"))
	// Output: billing 4711
}

// How do I name my program in the User-Agent?
func ExampleWithUserAgent() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"), facade.WithUserAgent("billing/2.1"))

	if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}); err != nil {
		log.Fatal(err)
	}
	product, rest, _ := strings.Cut(vault.Requests()[0].Header.Get("User-Agent"), " ")
	fmt.Println(product, strings.HasPrefix(rest, "vault-go/"))
	// Output: billing/2.1 true
}

// How do I log the calls?
func ExampleWithLogger() {
	vault := startStandIn()
	defer vault.Close()
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
	client := vault.Client(facade.WithConsumerID("test-consumer"), facade.WithLogger(logger))
	vault.Enqueue(vaulttest.Reply{Status: 503})

	if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=DEBUG msg="apideck: attempt" method=POST path=/vault/sessions attempt=1 status=503
	// level=WARN msg="apideck: retry" method=POST path=/vault/sessions attempt=1 status=503
	// level=DEBUG msg="apideck: attempt" method=POST path=/vault/sessions attempt=2 status=200
}

// How do I set the timeout of one call?
func ExampleWithTimeout() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	vault.Enqueue(vaulttest.Reply{Delay: time.Minute})

	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{},
		facade.WithConsumerID("test-consumer"), facade.WithTimeout(10*time.Millisecond))
	fmt.Println(err)
	// Output: apideck: POST /vault/sessions: attempt timed out after 10ms: context deadline exceeded
}

// How do I log, trace or count every attempt?
func ExampleWithMiddleware() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"),
		facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(req *http.Request) (*http.Response, error) { // a function as a RoundTripper
				resp, err := next.RoundTrip(req)
				if err == nil {
					fmt.Println(req.Method, req.URL.Path, resp.StatusCode, resp.Header.Get(apierrors.RequestIDHeader))
				}
				return resp, err
			})
		}))
	vault.Enqueue(vaulttest.Reply{Status: 503})

	if _, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// POST /vault/sessions 503 req_1
	// POST /vault/sessions 200 req_2
}

// How do I call a stand-in on another host, in a compose file for instance?
func ExampleWithInsecureHTTP() {
	own := []facade.Option{facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithBaseURL("http://mock-vault:4010")}
	_, err := facade.New(own...)
	fmt.Println(err != nil)
	_, err = facade.New(append(own, facade.WithInsecureHTTP())...)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// How do I use an http.Client of my own, for a proxy or a private CA?
func ExampleWithHTTPClient() {
	vault := startStandIn()
	defer vault.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // net/http keeps 2
	transport.Proxy = nil
	client := vault.Client(facade.WithHTTPClient(&http.Client{Transport: transport}), facade.WithConsumerID("c"))
	defer client.CloseIdleConnections()

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	// Output: OK
}

// How do I turn retries off?
func ExampleWithRetries() {
	vault := startStandIn()
	defer vault.Close()
	client := vault.Client(facade.WithConsumerID("test-consumer"), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	vault.Enqueue(vaulttest.Reply{Status: 503})

	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	fmt.Println(err)
	// Output: apideck: POST /vault/sessions: 503 Service Unavailable (request id req_1)
}

// How do I change one value of the retry policy?
func ExampleDefaultRetryConfig() {
	vault := startStandIn()
	defer vault.Close()
	retries := facade.DefaultRetryConfig()
	retries.MaxAttempts = 5
	client := vault.Client(facade.WithConsumerID("test-consumer"), facade.WithRetries(retries))
	vault.Enqueue(vaulttest.Reply{Status: 502}, vaulttest.Reply{Status: 503})

	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Attempts, "attempts")
	// Output: 3 attempts
}
