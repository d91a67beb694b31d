package vaulttest_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestServer_ChecksBodiesAsStrictlyAsTheContract(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for _, c := range []struct {
		body, detail string // detail "": accepted
	}{
		{``, ""},
		{`{}`, ""},
		{`{"settings":{"allow_actions":[],"unified_apis":[],"show_logs":false,"session_length":"1w"}}`, ""},
		{`{"custom_consumer_settings":{"a":null,"b":[1,{"c":1.5}]}}`, ""},
		{`{"custom_consumer_settings":{"a":1e999}}`, ""},
		{`{`, "the body is not JSON"},
		{`{} {}`, "the body has more than one JSON value"},
		{`null`, "body: must be an object"},
		{`{"redirectUri":"x"}`, "redirectUri: unknown key"},
		{`{"redirect_uri":1}`, "redirect_uri: must be a string"},
		{`{"settings":{"show_logs":"no"}}`, "settings.show_logs: must be a boolean"},
		{`{"settings":{"unified_apis":"crm"}}`, "settings.unified_apis: must be an array"},
		{`{"settings":{"unified_apis":["crm",""]}}`, `settings.unified_apis[1]: "" is not one of the allowed values`},
		{`{"settings":{"session_length":"1h0m0s"}}`, `settings.session_length: "1h0m0s"`},
		{`{"redirect_uri":"` + strings.Repeat("a", 1<<20) + `"}`, "too large"},
		{`{"settings":{"session_length":"0m"}}`, `settings.session_length: "0m"`},
		{`{"custom_consumer_settings":[]}`, "custom_consumer_settings: must be an object"},
	} {
		resp, text := request(t, vault, "POST", "/vault/sessions", c.body, goodHeader())
		if c.detail == "" && resp.StatusCode != http.StatusOK {
			t.Errorf("%.100s: %d: %s", c.body, resp.StatusCode, text)
		}
		// The detail is a JSON string in the response.
		if quoted := strings.ReplaceAll(c.detail, `"`, `\"`); c.detail != "" && (resp.StatusCode != http.StatusBadRequest ||
			!strings.Contains(text, `"type_name":"RequestValidationError"`) || !strings.Contains(text, quoted)) {
			t.Errorf("%.100s: want 400 with %q, got %d: %s", c.body, c.detail, resp.StatusCode, text)
		}
	}
}

func TestServer_ChecksHeadersBeforeTheBody(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	replaced := func(name, value string) http.Header {
		h := goodHeader()
		h.Set(name, value)
		return h
	}
	for _, c := range []struct {
		method, path string
		header       http.Header
		status       int
		typeName     string
	}{
		{"POST", "/vault/session", goodHeader(), 404, "EntityNotFoundError"},
		{"POST", "//vault/sessions", goodHeader(), 404, "EntityNotFoundError"},
		{"PUT", "/vault/sessions", goodHeader(), 404, "EntityNotFoundError"},
		{"POST", "/vault/sessions", replaced("Authorization", "k"), 401, "UnauthorizedError"},
		{"POST", "/vault/sessions", replaced("x-apideck-app-id", ""), 400, "RequestHeadersValidationError"},
		{"POST", "/vault/sessions", replaced("Content-Type", "text/plain"), 400, "RequestHeadersValidationError"},
	} {
		resp, text := request(t, vault, c.method, c.path, "{}", c.header)
		if resp.StatusCode != c.status || !strings.Contains(text, `"type_name":"`+c.typeName+`"`) {
			t.Errorf("%s %s %v: got %d: %s", c.method, c.path, c.header, resp.StatusCode, text)
		}
	}
}
