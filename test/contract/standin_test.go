package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// The stand-in speaks for the API in other people's tests, so what it answers
// has to be what the contract says, also when it refuses.
func TestEveryAnswerOfTheStandInIsTheContracts(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t)
	valid := http.Header{
		"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
		"Content-Type": {"application/json"}, "Accept": {"application/json"},
	}
	without := func(name string, values ...string) http.Header {
		h := valid.Clone()
		if h[name] = values; values == nil {
			delete(h, name)
		}
		return h
	}
	for _, test := range []struct {
		name   string
		header http.Header
		body   string
		status int
	}{
		{"empty session", valid, `{}`, 200},
		{"no body", valid, ``, 200},
		{"every state of allow_actions", valid, `{"settings":{"allow_actions":[]}}`, 200},
		{"no key", without("Authorization"), `{}`, 401},
		{"another scheme", without("Authorization", "Basic a2V5"), `{}`, 401},
		{"no app id", without("X-Apideck-App-Id"), `{}`, 400},
		{"no consumer id", without("X-Apideck-Consumer-Id"), `{}`, 400},
		{"no content type", without("Content-Type"), `{}`, 400},
		{"no JSON", valid, `{`, 400},
		{"two values", valid, `{}{}`, 400},
		{"not an object", valid, `[]`, 400},
		{"null", valid, `null`, 400},
		{"unknown key", valid, `{"redirect_url":"x"}`, 400},
		{"unknown key of settings", valid, `{"settings":{"show_log":true}}`, 400},
		{"unknown key of theme", valid, `{"theme":{"colour":"x"}}`, 400},
		{"wrong type", valid, `{"redirect_uri":1}`, 400},
		{"wrong type in settings", valid, `{"settings":{"show_logs":"no"}}`, 400},
		{"unknown API", valid, `{"settings":{"unified_apis":["crn"]}}`, 400},
		{"unknown action", valid, `{"settings":{"allow_actions":["remove"]}}`, 400},
		{"bad length", valid, `{"settings":{"session_length":"1h0m0s"}}`, 400},
		{"over a week", valid, `{"settings":{"session_length":"8d"}}`, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/vault/sessions", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = test.header
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != test.status {
				t.Fatalf("%d %s, %v; want %d", resp.StatusCode, body, err, test.status)
			}
			// The request may be wrong on purpose: a right one finds the route.
			e := exchange{Method: "POST", URL: c.doc.Servers[0].URL + "/vault/sessions", Header: valid, Body: []byte(`{}`),
				Status: resp.StatusCode, ReplyHeader: resp.Header, ReplyBody: body}
			if err := c.check(e); err != nil {
				t.Errorf("%v\n%s", err, body)
			}
			// And what the stand-in accepts, the contract accepts. (A body may be
			// left out, and is then no JSON to look at.)
			if test.status == http.StatusOK && test.body != "" {
				e.Body = []byte(test.body)
				if err := c.check(e); err != nil {
					t.Error(err)
				}
			}
			if test.status == http.StatusOK && !bytes.Contains(body, []byte(server.URL+"/session/")) {
				t.Errorf("no session of this server in %s", body)
			}
		})
	}
}

// The replies that a script names are answers of the API too.
func TestEveryNamedReplyOfTheStandInIsTheContracts(t *testing.T) {
	t.Parallel()
	c := load(t)
	replies := map[string]vaulttest.Reply{
		"RateLimited": vaulttest.RateLimited(time.Second), "PlanLimitReached": vaulttest.PlanLimitReached(),
		"KeyExpired": vaulttest.KeyExpired(), "RedirectRefused": vaulttest.RedirectRefused(), "ServerDown": vaulttest.ServerDown(),
	}
	for _, status := range []int{400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, 504} {
		replies[fmt.Sprintf("Refused(%d)", status)] = vaulttest.Refused(status)
	}
	server := vaulttest.NewServer(t)
	wire := &tap{next: http.DefaultTransport}
	client := server.Client(wire.client(), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	for name, reply := range replies {
		server.Enqueue(reply)
		if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID(consumer)); err == nil {
			t.Errorf("%s: no error", name)
		}
		got := wire.last()
		if err := c.check(c.atContractServer(got)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, got.ReplyBody)
		}
		var body map[string]any
		if err := json.Unmarshal(got.ReplyBody, &body); err != nil || body["status_code"] != float64(got.Status) || body["type_name"] == nil {
			t.Errorf("%s: %v in %s", name, err, got.ReplyBody)
		}
	}
}
