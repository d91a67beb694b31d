package facade_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestBadBaseURLIsRefusedWithoutShowingIt(t *testing.T) {
	clearEnvironment(t)
	for url, reason := range map[string]string{
		"":                                      "is empty",
		"unify.apideck.com":                     "https://",
		"/vault":                                "https://",
		"ftp://canary.example":                  "https://",
		"https://":                              "no host",
		"https://:8080":                         "no host",
		"https://user:canary@unify.apideck.com": "user name or password",
		"https://canary@unify.apideck.com":      "user name or password",
		"https://unify.apideck.com?canary=1":    "query",
		"https://unify.apideck.com?":            "query",
		"https://unify.apideck.com#canary":      "fragment",
		"https://unify.apideck.com#":            "fragment",
		"https://uni fy.apideck.com/canary":     "not a URL",
		"https://unify.apideck.com:99999":       "port",
		"https://vault.apideck.com":             "where the browser goes",
		"https://VAULT.apideck.com./session":    "where the browser goes",
		"https://unify.apideck.com\n":           "not a URL",
	} {
		_, err := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), facade.WithBaseURL(url))
		e, ok := errors.AsType[*apierrors.ValidationError](err)
		if !ok || e.Field != "WithBaseURL" || !strings.Contains(e.Reason, reason) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v, want …%s…", url, err, reason)
		}
	}
}

func TestPathOfTheBaseURLIsAPrefix(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://Gateway.example":            "https://gateway.example/vault/sessions",
		"https://gateway.example/":           "https://gateway.example/vault/sessions",
		"https://gateway.example/apideck":    "https://gateway.example/apideck/vault/sessions",
		"https://gateway.example:8443/a/b//": "https://gateway.example:8443/a/b/vault/sessions",
	} {
		client := newClient(t, facade.WithBaseURL(base), facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if got := r.URL.String(); got != want {
				t.Errorf("%s: called %s, want %s", base, got, want)
			}
			return answer(200, sessionJSON), nil
		})}))
		if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
			t.Error(err)
		}
	}
}

func TestSessionThatTheAPIWouldMisreadIsRefused(t *testing.T) {
	t.Parallel()
	length := func(s string) facade.Session { return facade.Session{Settings: facade.Settings{SessionLength: s}} }
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, sessionJSON), nil
	})}))
	for _, test := range []struct {
		session facade.Session
		field   string // "" when it is fine
	}{
		{length(""), ""},
		{length("30m"), ""},
		{length("1h"), ""},
		{length("168h"), ""},
		{length("10080m"), ""},
		{length("604800s"), ""},
		{length("7d"), ""},
		{length("1w"), ""},
		{length((time.Hour).String()), "settings.session_length"},
		{length("3600"), "settings.session_length"},
		{length("h"), "settings.session_length"},
		{length("0m"), "settings.session_length"},
		{length("-1h"), "settings.session_length"},
		{length("+1h"), "settings.session_length"},
		{length("1.5h"), "settings.session_length"},
		{length("169h"), "settings.session_length"},
		{length("8d"), "settings.session_length"},
		{length("2w"), "settings.session_length"},
		{length("604801s"), "settings.session_length"},
		{length("99999999999999999999h"), "settings.session_length"},
		{length("99999999999999999999x"), "settings.session_length"},
		{length("4294967295w"), "settings.session_length"},
		{length(" 1h"), "settings.session_length"},
		{length("1 h"), "settings.session_length"},
		{facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "cmr"}}}, "settings.unified_apis[1]"},
		{facade.Session{Settings: facade.Settings{AllowActions: []facade.Action{""}}}, "settings.allow_actions[0]"},
	} {
		_, err := client.Vault.Sessions.Create(t.Context(), test.session)
		if test.field == "" {
			if err != nil {
				t.Errorf("%+v: got %v", test.session, err)
			}
			continue
		}
		if e, ok := err.(*apierrors.ValidationError); !ok || e.Field != test.field {
			t.Errorf("%+v: got %v, want %s", test.session, err, test.field)
		}
	}
}
