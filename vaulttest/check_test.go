package vaulttest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/vaulttest"
)

func TestBodiesAreCheckedAsStrictlyAsTheContract(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	for _, c := range []struct {
		body, detail string // detail "": accepted
	}{
		{``, ""},
		{`{}`, ""},
		{`{"settings":{"allow_actions":[],"unified_apis":[],"show_logs":false,"session_length":"1w"}}`, ""},
		{`{"custom_consumer_settings":{"a":null,"b":[1,{"c":1.5}]}}`, ""},
		{`{"custom_consumer_settings":{"a":1e999}}`, ""},
		{`{"redirect_uri":"anything at all"}`, ""},
		{`{"redirect_uri":1,"redirect_uri":"the last counts"}`, ""},
		{`{`, "the body is not JSON"},
		{`{} {}`, "the body has more than one JSON value"},
		{`null`, "body: must be an object"},
		{`[]`, "body: must be an object"},
		{`{"redirectUri":"x"}`, "redirectUri: unknown key"},
		{`{"Redirect_URI":"x"}`, "Redirect_URI: unknown key"},
		{`{"redirect_uri":null}`, "redirect_uri: must be a string"},
		{`{"redirect_uri":1}`, "redirect_uri: must be a string"},
		{`{"settings":{"show_logs":"no"}}`, "settings.show_logs: must be a boolean"},
		{`{"settings":{"unified_apis":"crm"}}`, "settings.unified_apis: must be an array"},
		{`{"settings":{"unified_apis":["crm","nothing"]}}`, `settings.unified_apis[1]: "nothing" is not one of the allowed values`},
		{`{"settings":{"allow_actions":["destroy"]}}`, `settings.allow_actions[0]: "destroy" is not one of the allowed values`},
		{`{"settings":{"session_length":"1h0m0s"}}`, `settings.session_length: "1h0m0s"`},
		{`{"settings":{"session_length":"8d"}}`, `settings.session_length: "8d"`},
		{`{"settings":{"session_length":"0m"}}`, `settings.session_length: "0m"`},
		{`{"theme":{"colour":"red"}}`, "theme.colour: unknown key"},
		{`{"consumer_metadata":[]}`, "consumer_metadata: must be an object"},
		{`{"custom_consumer_settings":[]}`, "custom_consumer_settings: must be an object"},
	} {
		resp, text := request(t, vault, "POST", "/vault/sessions", c.body, goodHeader())
		if c.detail == "" && resp.StatusCode != http.StatusOK {
			t.Errorf("%s: refused with %d: %s", c.body, resp.StatusCode, text)
		}
		// The detail is a JSON string in the answer.
		if quoted := strings.ReplaceAll(c.detail, `"`, `\"`); c.detail != "" && (resp.StatusCode != http.StatusBadRequest ||
			!strings.Contains(text, `"type_name":"RequestValidationError"`) || !strings.Contains(text, quoted)) {
			t.Errorf("%s: want 400 with %q, got %d: %s", c.body, c.detail, resp.StatusCode, text)
		}
	}
}

func TestRequestsAreCheckedBeforeTheirBody(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	without := func(name string) http.Header { h := goodHeader(); h.Del(name); return h }
	with := func(name, value string) http.Header { h := goodHeader(); h.Set(name, value); return h }
	for _, c := range []struct {
		name, method, path string
		header             http.Header
		status             int
		typeName           string
	}{
		{"another path", "POST", "/vault/session", goodHeader(), 404, "EntityNotFoundError"},
		{"a doubled slash", "POST", "//vault/sessions", goodHeader(), 404, "EntityNotFoundError"},
		{"another method", "PUT", "/vault/sessions", goodHeader(), 404, "EntityNotFoundError"},
		{"no key", "POST", "/vault/sessions", without("Authorization"), 401, "UnauthorizedError"},
		{"a key without Bearer", "POST", "/vault/sessions", with("Authorization", "k"), 401, "UnauthorizedError"},
		{"no app id", "POST", "/vault/sessions", without("x-apideck-app-id"), 400, "RequestHeadersValidationError"},
		{"no consumer id", "POST", "/vault/sessions", without("x-apideck-consumer-id"), 400, "RequestHeadersValidationError"},
		{"no content type", "POST", "/vault/sessions", without("Content-Type"), 400, "RequestHeadersValidationError"},
		{"a form", "POST", "/vault/sessions", with("Content-Type", "application/x-www-form-urlencoded"), 400, "RequestHeadersValidationError"},
	} {
		resp, text := request(t, vault, c.method, c.path, "{}", c.header)
		if resp.StatusCode != c.status || !strings.Contains(text, `"type_name":"`+c.typeName+`"`) {
			t.Errorf("%s: want %d %s, got %d: %s", c.name, c.status, c.typeName, resp.StatusCode, text)
		}
	}
}

func TestABodyAboveTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	resp, text := request(t, vault, "POST", "/vault/sessions", `{"redirect_uri":"`+strings.Repeat("a", 1<<20)+`"}`, goodHeader())
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, "too large") {
		t.Errorf("%d: %.100s", resp.StatusCode, text)
	}
}
