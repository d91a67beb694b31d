package facade_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

func TestSessionsCreate_MessageOfAnErrorResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		api  transport
		says string
	}{
		"detail": {always(400, `{"message":"Invalid Params","type_name":"T","detail":"redirect_uri is not allowed"}`),
			`: 400 Bad Request: Invalid Params: redirect_uri is not allowed \(T\)$`},
		"detail object": {always(422, `{"message":"Invalid","detail":{ "theme": "bad"}}`), `: Invalid: \{.*theme.*bad.*\}$`},
		"detail alone":  {always(400, `{"detail":"no consumer"}`), `: 400 Bad Request: no consumer$`},
		"long detail": {always(400, `{"message":"Invalid","detail":"line\n`+strings.Repeat("d", 400)+`","type_name":"T"}`),
			`^[^\n]*: Invalid: line d{140,152}… \(T\)$`},
		"302":      {always(302, "", "Location", "https://other.test/"), "302 Found.*redirects are not followed"},
		"308":      {always(308, ""), "308 Permanent Redirect.*redirects are not followed"},
		"uri: 5":   {always(200, `{"data":{"session_uri":5,"session_token":"t"}}`), "session_uri is missing or not a string"},
		"no token": {always(200, `{"data":{"session_uri":"https://a.test"}}`), "session_token is missing or not a string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, create(t, sdk(t, test.api.option(), noRetry())), 1, "^apideck: POST /vault/sessions: ", test.says)
		})
	}
}

func TestSessionsCreate_MessageOfATransportError(t *testing.T) {
	t.Parallel()
	cut := transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("wire cut") })
	for name, test := range map[string]struct {
		api      transport
		keys     int // that WithAPIKeyFunc returns before it fails
		attempts int
		says     string
	}{
		"retried":  {cut, 9, 3, `^apideck: POST /vault/sessions: wire cut \(3 attempts\)$`},
		"not sent": {cut, 0, 0, `^apideck: POST /vault/sessions: not sent: WithAPIKeyFunc: key store down$`},
		"no key at a retry": {always(503, `{"message":"overloaded"}`), 1, 1,
			`^apideck: POST /vault/sessions: WithAPIKeyFunc: key store down; last failure: .*503 Service.*: overloaded`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				keys := 0
				err := create(t, sdk(t, test.api.option(), facade.WithAPIKeyFunc(func(context.Context) (string, error) {
					if keys++; keys > test.keys {
						return "", errors.New("key store down")
					}
					return "key-0123456789", nil
				})))
				if wantError(t, err, test.attempts, test.says); strings.Contains(err.Error(), "no answer") {
					t.Error(err)
				}
			})
		})
	}
}

// Not parallel: it sets environment variables.
func TestWithBaseURL_MessageSaysWhatToDo(t *testing.T) {
	const variable, option, insecure = facade.EnvBaseURL, "WithBaseURL", "APIDECK_INSECURE_HTTP"
	const clear, allow = "http://mock-vault:4010", "WithInsecureHTTP.*" + insecure
	for i, test := range []struct {
		env, option, insecure string
		field, says           string // field "": New accepts it
	}{
		{env: "https://unify.apideck.com\n", field: variable, says: "control character"},
		{option: "https://unify.apideck.com\n", field: option, says: "control character"},
		{option: "https://unify.apideck.com/vault/sessions", field: option, says: "/vault/sessions.*remove"},
		{env: "https://p.test/x/vault/sessions/", field: variable, says: "/vault/sessions.*remove"},
		{env: clear, field: variable, says: allow},
		{option: clear, field: option, says: allow},
		{env: "https://ok.test", option: clear, field: option, says: allow},
		{env: clear, insecure: "0", field: variable, says: allow},
		{env: clear, insecure: "false", field: variable, says: allow},
		{env: clear, insecure: "1"},
		{option: clear, insecure: "true"},
		{insecure: "yes", field: insecure, says: "1.*true"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Setenv(variable, test.env)
			t.Setenv(insecure, test.insecure)
			opts := []facade.Option{facade.WithAPIKey("key"), facade.WithAppID("app")}
			if test.option != "" {
				opts = append(opts, facade.WithBaseURL(test.option))
			}
			_, err := facade.New(opts...)
			if test.field == "" || err == nil {
				if err != nil || test.field != "" {
					t.Errorf("%+v: got %v", test, err)
				}
				return
			}
			got := reasons(t, err)
			if wantText(t, got[test.field], test.says); len(got) != 1 {
				t.Errorf("%d problems: %v", len(got), err)
			}
		})
	}
}

func TestNew_MessageSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := facade.New(facade.WithAPIKey(""), facade.WithAppID("app"), facade.WithConsumerID("Zoë"))
	got := reasons(t, err)
	wantText(t, got["WithAPIKey"], facade.EnvAPIKey)
	wantText(t, got["WithConsumerID"], "non-ASCII.*(base64|percent|QueryEscape)")
}

func TestSessionsCreate_ReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	session := facade.Session{Settings: facade.Settings{SessionLength: "a while"},
		CustomConsumerSettings: map[string]any{"f": func() {}}}
	_, err := sdk(t, always(200, validSession).option()).Vault.Sessions.Create(t.Context(), session,
		facade.WithConsumerID(""), facade.WithTimeout(-time.Second), facade.WithBaseURL("http://mock-vault:4010"))
	got := reasons(t, err)
	for _, field := range strings.Fields(
		"settings.session_length custom_consumer_settings WithConsumerID WithTimeout WithBaseURL") {
		if got[field] == "" {
			t.Errorf("%s is not reported: %v", field, err)
		}
	}
}

func TestSessionsCreate_SendsUnknownEnumValues(t *testing.T) {
	t.Parallel()
	var sent string
	api := transport(func(r *http.Request) (*http.Response, error) {
		body := new(strings.Builder)
		err := r.Write(body)
		sent = body.String()
		return response(200, validSession), err
	})
	_, err := sdk(t, api.option()).Vault.Sessions.Create(t.Context(), facade.Session{Settings: facade.Settings{
		UnifiedAPIs: []facade.UnifiedAPI{"crm", "time-travel"}, AllowActions: []facade.Action{"teleport"}}})
	if err != nil {
		t.Error(err)
	}
	wantText(t, sent, `"unified_apis":\["crm","time-travel"\]`, `"allow_actions":\["teleport"\]`)
}
