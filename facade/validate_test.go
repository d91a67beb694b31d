package facade

import (
	"fmt"
	"net/url"
	"testing"
)

func TestWithBaseURL_InvalidValues(t *testing.T) { // row 10
	for base, reason := range map[string]string{
		"":                                    "not be empty",
		"secret":                              "must begin with https://",
		"/secret":                             "must begin with https://",
		"ftp://secret/":                       "must begin with https://",
		"https://":                            "must have a valid host",
		"https://user:secret@h":               "user name",
		"https://h?secret=1":                  "query",
		"https://h?":                          "query",
		"https://h#secret":                    "fragment",
		"https://h /secret":                   "must begin with https://",
		"https://h/%zzsecret":                 "must begin with https://",
		"https://h:secret":                    "must begin with https://",
		"https://hünter.secret":               "printable ASCII",
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
		t.Run(fmt.Sprintf("row 10 %q", base), func(t *testing.T) {
			checkOption(t, "WithBaseURL", WithBaseURL(base), reason)
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
		aSession(1).check(t, newClient(t, s.option()), WithBaseURL(base))
		if got := s.requests[0].URL.String(); got != want {
			t.Errorf("%s: sent to %s, want %s", base, got, want)
		}
	}
}

func TestWithInsecureHTTP(t *testing.T) {
	plain := []Option{WithAPIKey("k"), WithAppID("a"), WithBaseURL("http://10.0.0.1")}
	for value, allowed := range map[string]bool{"": false, "0": false, "false": false, "1": true, "true": true} {
		t.Setenv(EnvInsecureHTTP, value)
		_, err := New(plain...)
		if allowed {
			checkInvalid(t, err)
		} else {
			checkReason(t, err, "WithBaseURL", "set "+EnvInsecureHTTP+"=1")
		}
		_, err = New(append(plain, WithInsecureHTTP())...)
		checkInvalid(t, err)
	}

	t.Setenv(EnvInsecureHTTP, "yes")
	_, err := New(WithAPIKey("k"), WithAppID("a"))
	checkReason(t, err, EnvInsecureHTTP, `must be "1"`)

	_, err = New(WithAPIKey("k"), WithAppID("a"), WithBaseURL("http://h"))
	checkInvalid(t, err, EnvInsecureHTTP, "WithBaseURL")
}

func TestValidHost(t *testing.T) {
	for host, want := range map[string]bool{
		"h": true, "h.": true, "127.0.0.1": true, "[::1]": true, "[::1]:443": true,
		"h:": true, "h:0": true, "h:65535": true, "h:65536": false, "h:99999": false,
		"": false, ":443": false, `h"`: false, "a[b": false, "h'": false, "h<": false, "h>": false, "[fe80::1%eth0]": false,
	} {
		if got := validHost(&url.URL{Host: host}); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
