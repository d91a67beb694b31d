package facade_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// newClient, outcome.check and checkError look for secrets in the logs,
// responses and errors of every fault; these tests look at the rest.

func TestClient_PrintsNoSecret(t *testing.T) {
	c := newClient(t, session.option(), facade.WithHeader("X-Extra", testKey))
	out, err := createSession(t, c)
	if err != nil {
		t.Fatal(err)
	}
	values := []any{
		c, *c, c.Vault, *c.Vault, c.Vault.Sessions, *c.Vault.Sessions, []any{c}, map[string]any{"c": c},
		struct{ C *facade.Client }{c}, struct{ c *facade.Client }{c},
		facade.WithAPIKey(testKey), []facade.Option{facade.WithAppID(testApp), facade.WithHeader("X-Extra", testKey)},
	}
	for _, v := range values {
		encoded, _ := json.Marshal(v)
		checkNoSecret(t, fmt.Sprintf("%T", v), prints(v)+string(encoded))
	}
	responses := []any{out, *out, out.CreateSessionResponse, &out.CreateSessionResponse, out.Data, &out.Data,
		[]*facade.CreateSessionResponse{out}, struct{ R any }{out}, map[string]any{"r": out.Data}}
	for _, v := range responses {
		encoded, _ := json.Marshal(v) // in a container slog's JSON handler uses json.Marshal, which does not redact
		checkNoSecret(t, fmt.Sprintf("%T", v), strings.ReplaceAll(prints(v), string(encoded), ""))
	}
	n := len(values) + len(responses)
	t.Logf("figure: secrets: 0 hits of 4 canaries in %d values under 7 verbs and 2 slog handlers", n)

	var none *facade.Client
	if got := fmt.Sprint(c, none, &facade.Client{}); got != "apideck.Client <nil> apideck.Client" {
		t.Errorf("printed as %s", got)
	}
	text := prints(none) + prints((*facade.CreateSessionResponse)(nil))
	if strings.Contains(strings.ToLower(text), "panic") {
		t.Errorf("nil is printed as %s", text)
	}
}

func TestSessionsCreate_RedactsAnEchoOfTheKey(t *testing.T) {
	body := strings.ReplaceAll(`{"message":"no such key KEY","error":"KEY","type_name":"KEY","ref":"KEY",
		"detail":{"key":"KEY"},"downstream_errors":[{"message":"KEY"}]}`, "KEY", testKey)
	for name, transport := range map[string]roundTrip{
		"error response": respond(401, body, "X-Apideck-Request-Id", testKey, "X-Echo", testKey),
		"content type":   respond(200, "<html>"+testKey, "Content-Type", testKey),
		"network error":  fail(fmt.Errorf("cannot send Authorization: Bearer %s", testKey)),
		"request id":     respond(202, "", "X-Apideck-Request-Id", testKey),
		"Location":       respond(307, "", "Location", "https://other.test/?key="+testKey),
		"session":        respond(200, `{"key":"`+testKey+`",`+sessionJSON[1:], "X-Echo", testKey),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := createSession(t, newClient(t, transport.option(), withAttempts(1)))
			if err == nil {
				checkNoSecret(t, "response", prints(out)+fmt.Sprint(out.Header))
				return
			}
			checkError(t, err)
			if e, ok := err.(*apierrors.InvalidResponseError); ok {
				checkNoSecret(t, "body", string(e.Body()))
			}
			if e, ok := err.(*apierrors.APIError); ok && name == "error response" {
				checkNoSecret(t, "body", string(e.Body()))
				if want := "no such key " + facade.RedactedKey; e.Message != want {
					t.Errorf("got %q, want %q", e.Message, want)
				}
			}
		})
	}
}

func TestSessionsCreate_RedactsNoOrdinaryWord(t *testing.T) { // for a key too short to be one
	for key, want := range map[string]string{"1234567": "12345678", "12345678": facade.RedactedKey} {
		transport := respond(300, `{"message":"12345678"}`)
		_, err := createSession(t, newClient(t, transport.option(), facade.WithAPIKey(key)))
		if e, ok := err.(*apierrors.APIError); !ok || e.Message != want {
			t.Errorf("key %s: got %v", key, err)
		}
	}
}

// Not parallel: it counts allocations.
func TestSessionsCreate_DoesNotWriteToTheTransportsHeaders(t *testing.T) {
	const echoes = 2000
	shared := http.Header{"Location": {"https://elsewhere.example"}, "X-Echo": slices.Repeat([]string{testKey}, echoes)}
	c := newClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := respond(302, "")(req)
		resp.Header = shared
		return resp, err
	}).option())
	var calls sync.WaitGroup
	for range 8 { // the race detector watches
		calls.Go(func() {
			_, err := createSession(t, c)
			if e, ok := err.(*apierrors.APIError); !ok || slices.Contains(e.Header["X-Echo"], testKey) {
				t.Errorf("got %v", err)
			}
		})
	}
	calls.Wait()
	if shared.Get("Location") == "" || shared.Get("X-Echo") != testKey {
		t.Errorf("the transport's headers are now %.500v", shared)
	}
	if allocations := testing.AllocsPerRun(5, func() { createSession(t, c) }); allocations > 1.5*echoes {
		t.Errorf("%v allocations for %d values", allocations, echoes)
	}
	shared = http.Header{"Location": {"https://elsewhere.example"}}
	_, err := createSession(t, c)
	if e, ok := err.(*apierrors.APIError); !ok || len(e.Header) > 0 || len(shared) == 0 {
		t.Errorf("the error has the Location: %v", err)
	}
}
