package vaulttest_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestServer_ChecksBodiesAsStrictlyAsTheContract(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for body, detail := range map[string]string{ // "": accepted
		``:   "",
		`{}`: "",
		`{"settings":{"allow_actions":[],"unified_apis":[],"show_logs":false,"session_length":"1w"}}`: "",
		`{"custom_consumer_settings":{"a":null,"b":[1,{"c":1.5}]}}`:                                   "",
		`{"custom_consumer_settings":{"a":1e999}}`:                                                    "",
		`{"consumer_metadata":{"user_id":7,"full_name":null}}`:                                        "",
		`{"redirect_uri":""}`:                           "",
		`{"redirect_uri":"http://localhost:3000"}`:      "",
		`{"redirect_uri":"https://bücher.example/zur"}`: "",
		`{"redirect_uri":"myapp://done"}`:               "",
		`{"redirect_uri":"com.example.app:/done"}`:      "",
		`{`:                                      "the body is not JSON",
		`{} {}`:                                  "the body has more than one JSON value",
		`null`:                                   "body: must be an object",
		`{"redirectUri":"x"}`:                    "redirectUri: unknown key",
		`{"theme":{"vaultName":"x"}}`:            "theme.vaultName: unknown key",
		`{"consumer_metadata":{"Email":"x"}}`:    "consumer_metadata.Email: unknown key",
		`{"redirect_uri":1}`:                     "redirect_uri: must be a string",
		`{"redirect_uri":"nonsense"}`:            `redirect_uri: "nonsense" must be an absolute URI`,
		`{"redirect_uri":"/done"}`:               `redirect_uri: "/done" must be`,
		`{"redirect_uri":"https://"}`:            `redirect_uri: "https://" must be`,
		`{"redirect_uri":"javascript:alert(1)"}`: `redirect_uri: "javascript:alert(1)" must be`,
		`{"redirect_uri":"JavaScript://a/%0aalert(1)"}`:         `redirect_uri: "JavaScript://a/%0aalert(1)" must be`,
		`{"redirect_uri":"data:text/html,x"}`:                   `redirect_uri: "data:text/html,x" must be`,
		`{"settings":{"show_logs":"no"}}`:                       "settings.show_logs: must be a boolean",
		`{"settings":{"unified_apis":"crm"}}`:                   "settings.unified_apis: must be an array",
		`{"settings":{"allow_actions":["erase"]}}`:              `[delete disable disconnect reauthorize], not "erase"`,
		`{"settings":{"unified_apis":["crm",""]}}`:              `settings.unified_apis[1]: must be one of [`,
		`{"settings":{"session_length":"1h0m0s"}}`:              `settings.session_length: "1h0m0s"`,
		`{"settings":{"session_length":"0m"}}`:                  `settings.session_length: "0m"`,
		`{"settings":{"session_length":"8d"}}`:                  `settings.session_length: "8d"`,
		`{"redirect_uri":"` + strings.Repeat("a", 1<<20) + `"}`: "too large",
		`{"custom_consumer_settings":[]}`:                       "custom_consumer_settings: must be an object",
	} {
		resp, text := request(t, vault, "POST", "/vault/sessions", body, goodHeader())
		var got struct {
			TypeName string `json:"type_name"`
			Detail   string
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		switch {
		case detail == "" && resp.StatusCode != http.StatusOK:
			t.Errorf("%.100s: %d: %s", body, resp.StatusCode, text)
		case detail != "" && (got.TypeName != "RequestValidationError" || !strings.Contains(got.Detail, detail)):
			t.Errorf("%.100s: want 400 with %q, got %d: %s", body, detail, resp.StatusCode, text)
		}
	}
}

func TestServer_ChecksHeadersBeforeTheBody(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for _, c := range []struct {
		method, path  string
		header, value string // replaced
		status        int
		text          string
	}{
		{path: "/vault/session", status: 404, text: `"EntityNotFoundError","message":"Unknown Entity","detail":"no route for POST /vault/session"`},
		{path: "//vault/sessions", status: 404, text: `"EntityNotFoundError"`},
		{method: "PUT", status: 404, text: `"EntityNotFoundError"`},
		{header: "Authorization", value: "k", status: 401, text: `"UnauthorizedError"`},
		{header: "Authorization", value: "bearer k", status: 200, text: `"session_uri"`},
		{header: "X-Apideck-App-Id", status: 400,
			text: `"RequestHeadersValidationError","message":"Invalid Params","detail":"Missing Header: x-apideck-app-id"`},
		{header: "X-Apideck-Consumer-Id", status: 400, text: `"detail":"Missing Header: x-apideck-consumer-id"`},
		{header: "Content-Type", value: "text/plain", status: 400, text: `"RequestHeadersValidationError"`},
	} {
		header := goodHeader()
		if c.header != "" {
			header.Set(c.header, c.value)
		}
		method, path := cmp.Or(c.method, "POST"), cmp.Or(c.path, "/vault/sessions")
		resp, text := request(t, vault, method, path, "{}", header)
		if resp.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%+v: got %d: %s", c, resp.StatusCode, text)
		}
	}
}
