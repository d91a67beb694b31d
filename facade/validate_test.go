package facade_test

import (
	"fmt"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func TestWithBaseURL_InvalidValues(t *testing.T) {
	for url, reason := range map[string]string{
		"":                                    "not be empty",
		"secret":                              "must begin with https://",
		"/secret":                             "must begin with https://",
		"ftp://secret/":                       "must begin with https://",
		"https://":                            "must have a valid host",
		"https://:8080":                       "must have a valid host",
		"https://user:secret@h":               "user name",
		"https://secret@h":                    "user name",
		"https://h?secret=1":                  "query",
		"https://h?":                          "query",
		"https://h#secret":                    "fragment",
		"https://h#":                          "fragment",
		"https://h /secret":                   "must begin with https://",
		"https://h/%zzsecret":                 "must begin with https://",
		"https://h:secret":                    "must begin with https://",
		"https://h\"secret":                   "must have a valid host",
		"https://hünter.secret":               "printable ASCII",
		"https://[fe80::1%25secret]":          "must have a valid host",
		"https://h:99999":                     "must have a valid host",
		"https://vault.apideck.com":           "not be the hosted page",
		"https://VAULT.apideck.com./session":  "not be the hosted page",
		"https://h\n":                         "line break",
		"https://h/vault/sessions":            "/vault/sessions",
		"https://h/x/vault/sessions/":         "/vault/sessions",
		"http://secret.example":               "must be https",
		"http://10.0.0.1":                     "must be https",
		"http://0.0.0.0":                      "must be https",
		"http://localhost.secret.example:443": "must be https",
	} {
		t.Run(fmt.Sprintf("row 10 %q", url), func(t *testing.T) {
			_, atNew := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), facade.WithBaseURL(url))
			_, atCall := createSession(t, newClient(t, newScript(t).option()), facade.WithBaseURL(url))
			wantReason(t, atNew, "WithBaseURL", reason)
			wantReason(t, atCall, "WithBaseURL", reason)
			if url != "" {
				setEnvironment(t, "k", "a", url)
				_, fromVariable := facade.New()
				wantReason(t, fromVariable, facade.EnvBaseURL, reason)
			}
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
	const plain = "http://10.0.0.1"
	own := []facade.Option{facade.WithAPIKey("k"), facade.WithAppID("a"), facade.WithBaseURL(plain)}
	for value, field := range map[string]string{"0": "WithBaseURL", "false": "WithBaseURL", "1": "", "true": ""} {
		t.Setenv(facade.EnvInsecureHTTP, value)
		if _, err := facade.New(own...); field == "" {
			wantInvalid(t, err)
		} else {
			wantReason(t, err, field, facade.EnvInsecureHTTP)
		}
		_, err := facade.New(append(own, facade.WithInsecureHTTP())...)
		wantInvalid(t, err)
	}
	t.Setenv(facade.EnvInsecureHTTP, "yes")
	_, err := facade.New(own[:2]...)
	wantReason(t, err, facade.EnvInsecureHTTP, "1")
}
