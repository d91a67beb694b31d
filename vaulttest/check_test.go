package vaulttest_test

import (
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

func TestServer_ChecksBodies(t *testing.T) {
	vault := newServer(t)
	const isCreated = `"session_uri":`
	for body, want := range map[string]string{
		``:   isCreated,
		`{}`: isCreated,
		`{"settings":{"allow_actions":[],"unified_apis":[],"session_length":"1w"}}`: isCreated,
		`{"settings":{"session_length":"7d"}}`:                                      isCreated,
		`{"custom_consumer_settings":{"a":null,"b":[1e999,{"c":1.5}]}}`:             isCreated,
		`{"consumer_metadata":{"user_id":7,"full_name":null}}`:                      isCreated,
		`{"redirect_uri":""}`:                    isCreated,
		strings.Repeat(" ", 1<<20-2) + "{}":      isCreated,
		strings.Repeat(" ", 1<<20-1) + "{}":      `the body is too large`,
		`{`:                                      `the body is not JSON`,
		`{} {}`:                                  `the body has more than one JSON value`,
		`null`:                                   `body: cannot be null`,
		`[]`:                                     `body: cannot be a JSON array`,
		`{"theme":{"logo":"a","vaultName":"x"}}`: `theme.vaultName: unknown key`,
		`{"consumer_metadata":{"Email":"x"}}`:    `consumer_metadata.email: sent in another case`,
		`{"redirect_uri":1}`:                     `redirect_uri: cannot be a JSON number`,
		`{"redirect_uri":"/done"}`:               `redirect_uri: \"/done\" must be an absolute URI`,
		`{"settings":{"show_logs":null}}`:        `settings.show_logs: cannot be null`,
		`{"settings":{"allow_actions":["erase"]}}`: `[delete disable disconnect reauthorize], not \"erase\"`,
		`{"settings":{"unified_apis":["crm",""]}}`: `settings.unified_apis[1]: must be one of [`,
		`{"settings":{"session_length":"1h0m0s"}}`: `settings.session_length: \"1h0m0s\"`,
		`{"settings":{"session_length":"0m"}}`:     `settings.session_length: \"0m\"`,
		`{"settings":{"session_length":"1x"}}`:     `settings.session_length: \"1x\"`,
		`{"settings":{"session_length":"8d"}}`:     `settings.session_length: \"8d\"`,
	} {
		w := request(t, vault, "POST", "/vault/sessions", body)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.100s: want %s, got %d: %s", body, want, w.Code, w.Body)
		}
	}
}

func TestIsReturnURI(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://localhost:3000":      true,
		"https://bücher.example/zur": true,
		"myapp://done":               true,
		"nonsense":                   false,
		"myapp:":                     false,
		"myapp:done":                 false,
		"https://a.test/%":           false,
		"JavaScript://a/%0aalert(1)": false,
	} {
		equal(t, uri, hosted.IsReturnURI(uri), want)
	}
}

func TestServer_HasNoOtherRoutes(t *testing.T) {
	vault := newServer(t)
	for _, route := range []string{"PUT /vault/sessions", "POST /vault/session", "POST //vault/sessions"} {
		method, path, _ := strings.Cut(route, " ")
		w := request(t, vault, method, path, "{}")
		equal(t, route, w.Code, 404)
		equal(t, route, find(w, `"detail":"(.*?)"`), "no route for "+route)
	}
}

func TestServer_ChecksHeaders(t *testing.T) {
	vault := newServer(t)
	for _, c := range []struct {
		header, value string
		status        int
		detail        string
	}{
		{"Authorization", "k", 401, "Missing authentication"},
		{"Authorization", "Bearer ", 401, "Missing authentication"},
		{"Authorization", "bearer k", 200, ""},
		{"X-Apideck-App-Id", "", 400, "Missing Header: x-apideck-app-id"},
		{"X-Apideck-Consumer-Id", "", 400, "Missing Header: x-apideck-consumer-id"},
		{"Content-Type", "text/plain", 400, "Content-Type must be application/json"},
	} {
		w := request(t, vault, "POST", "/vault/sessions", "{}", c.header, c.value)
		equal(t, c.header, w.Code, c.status)
		equal(t, c.header, find(w, `"detail":"(.*?)"`), c.detail)
		equal(t, c.header, strings.Contains(w.Body.String(), "RequestHeadersValidationError"), c.status == 400)
	}
	w := request(t, vault, "POST", "/vault/sessions", "", "Content-Type", "")
	equal(t, "without a body and its type", w.Code, 200)
}
