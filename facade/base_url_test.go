package facade_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func TestWithBaseURL_InvalidValues(t *testing.T) {
	for url, reason := range map[string]string{
		"":                                    "is empty",
		"secret":                              "https URL with a host",
		"/secret":                             "https URL with a host",
		"ftp://secret/":                       "https URL with a host",
		"https://":                            "https URL with a host",
		"https://:8080":                       "https URL with a host",
		"https://user:secret@h":               "user name",
		"https://secret@h":                    "user name",
		"https://h?secret=1":                  "query",
		"https://h?":                          "query",
		"https://h#secret":                    "fragment",
		"https://h#":                          "fragment",
		"https://h /secret":                   "https URL with a host",
		"https://h/%zzsecret":                 "https URL with a host",
		"https://h:secret":                    "https URL with a host",
		"https://h\"secret":                   "https URL with a host",
		"https://hünter.secret":               "non-ASCII",
		"https://[fe80::1%25secret]":          "https URL with a host",
		"https://vault.apideck.com":           "for the browser",
		"https://VAULT.apideck.com./session":  "for the browser",
		"http://secret.example":               "plain http",
		"http://10.0.0.1":                     "plain http",
		"http://0.0.0.0":                      "plain http",
		"http://localhost.secret.example:443": "plain http",
	} {
		t.Run(fmt.Sprintf("row 10 %q", url), func(t *testing.T) {
			_, atNew := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), facade.WithBaseURL(url))
			_, atCall := createSession(t, newClient(t, newScript(t).option()), facade.WithBaseURL(url))
			wantReason(t, atNew, "WithBaseURL", reason)
			wantReason(t, atCall, "WithBaseURL", reason)
		})
	}
}

func TestWithBaseURL_PathIsAPrefix(t *testing.T) {
	for base, want := range map[string]string{
		"https://Gateway.example":            "https://Gateway.example/vault/sessions",
		"https://gateway.example/":           "https://gateway.example/vault/sessions",
		"https://gateway.example/apideck":    "https://gateway.example/apideck/vault/sessions",
		"https://gateway.example:8443/a/b//": "https://gateway.example:8443/a/b/vault/sessions",
		"http://localhost:1":                 "http://localhost:1/vault/sessions",
		"http://[::1]:1":                     "http://[::1]:1/vault/sessions",
		"http://127.8.8.8:80":                "http://127.8.8.8:80/vault/sessions",
	} {
		s := newScript(t, session)
		_, err := createSession(t, newClient(t, s.option()), facade.WithBaseURL(base))
		if err != nil || s.requests[0].URL.String() != want {
			t.Errorf("%s: sent to %v, want %s: %v", base, s.requests, want, err)
		}
	}
}

func TestWithInsecureHTTP(t *testing.T) {
	c := newClient(t, newScript(t, session).option(), facade.WithInsecureHTTP(), facade.WithBaseURL("http://10.0.0.1"))
	if _, err := createSession(t, c); err != nil {
		t.Error(err)
	}
}

func TestWithBaseURL_MessageSaysWhatToDo(t *testing.T) {
	const variable, option, insecure = facade.EnvBaseURL, "WithBaseURL", facade.EnvInsecureHTTP
	const plain, allow = "http://mock-vault:4010", "WithInsecureHTTP.*" + insecure
	for _, test := range []struct {
		env, option, insecure string
		field, pattern        string // field "": New accepts it
	}{
		{env: "https://unify.apideck.com\n", field: variable, pattern: "control character"},
		{option: "https://unify.apideck.com\n", field: option, pattern: "control character"},
		{option: "https://unify.apideck.com/vault/sessions", field: option, pattern: "/vault/sessions.*remove"},
		{env: "https://p.test/x/vault/sessions/", field: variable, pattern: "/vault/sessions.*remove"},
		{env: plain, field: variable, pattern: allow},
		{env: "https://ok.test", option: plain, field: option, pattern: allow},
		{env: plain, insecure: "0", field: variable, pattern: allow},
		{env: plain, insecure: "false", field: variable, pattern: allow},
		{env: plain, insecure: "1"},
		{option: plain, insecure: "true"},
		{insecure: "yes", field: insecure, pattern: "1.*true"},
	} {
		setEnvironment(t, "key", "app", "consumer", test.env)
		t.Setenv(insecure, test.insecure)
		var opt facade.Option
		if test.option != "" {
			opt = facade.WithBaseURL(test.option)
		}
		_, err := facade.New(opt)
		if test.field == "" {
			wantInvalid(t, errors.Join(err))
			continue
		}
		wantInvalid(t, err, test.field)
		wantMessage(t, err, 0, test.pattern)
	}
}
