package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// app is the handler under test, with all that it logs and calls.
type app struct {
	http.Handler
	vault *vaulttest.Server
	log   bytes.Buffer
}

// newApp signs every request in as customer, "" for nobody.
func newApp(t *testing.T, customer string) *app {
	a := &app{vault: vaulttest.NewServer(t)}
	logger := slog.New(slog.NewTextHandler(&a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := a.vault.Client(facade.WithLogger(logger), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	a.Handler = newHandler(client, func(*http.Request) string { return customer }, logger)
	return a
}

// post asks for a token as a page of the given site does.
func (a *app) post(site string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/vault-token?consumer=mallory", strings.NewReader("consumer=mallory"))
	r.Header.Set("Sec-Fetch-Site", site)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestTokenGoesToThePageOfTheSignedInCustomer(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	w := a.post("same-origin")
	var answer map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, body %q: %v", w.Code, w.Body, err)
	}
	if strings.Count(answer["token"], ".") != 2 || len(answer) != 1 {
		t.Errorf("answer has the keys of %v, want a token alone", answer)
	}
	requests := a.vault.Requests()
	if len(requests) != 1 || requests[0].Header.Get("x-apideck-consumer-id") != "account:12345" {
		t.Errorf("requests %v, want one for account:12345", requests)
	}
}

func TestNoCacheKeepsAToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	if got := a.post("same-origin").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
}

func TestLogHoldsTheRequestIDAndNoToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	var answer map[string]string
	if err := json.Unmarshal(a.post("same-origin").Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if log := a.log.String(); strings.Contains(log, answer["token"]) || strings.Contains(log, "/session/") || !strings.Contains(log, "request_id=req_1") {
		t.Errorf("log is %q, want the request id and no session", log)
	}
}

func TestNeitherLogNorPageShowsWhatABrokenAnswerHolds(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	a.vault.Enqueue(vaulttest.Reply{Status: 200, Body: `{"data": {"session_token": "canary"}}`}) // no session_uri
	w := a.post("same-origin")
	if w.Code != http.StatusBadGateway || strings.Contains(w.Body.String(), "canary") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d %q", w.Code, w.Body)
	}
	if log := a.log.String(); strings.Contains(log, "canary") || !strings.Contains(log, "session_uri is missing") {
		t.Errorf("log is %q, want the reason and no token", log)
	}
}

func TestNobodyElseGetsAToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, customer, site string
		want                 int
	}{
		{"signed out", "", "same-origin", http.StatusUnauthorized},
		{"a page of another site", "account:12345", "cross-site", http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, c.customer)
			if w := a.post(c.site); w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
			if n := len(a.vault.Requests()); n != 0 {
				t.Errorf("%d sessions were asked for, want none", n)
			}
		})
	}
}

func TestPageMayRunVaultJSAndNothingElse(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	policy := w.Header().Get("Content-Security-Policy")
	_, scripts, _ := strings.Cut(policy, "script-src ")
	scripts, _, _ = strings.Cut(scripts, ";")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(scripts, "unsafe") {
		t.Errorf("policy %q lets other scripts run", policy)
	}
	for _, script := range strings.Split(w.Body.String(), "<script ")[1:] {
		src, _, _ := strings.Cut(strings.TrimPrefix(script, `src="`), `"`)
		if src == "page.js" {
			continue // 'self'
		}
		allowed := false
		for _, source := range strings.Fields(scripts) {
			allowed = allowed || strings.HasPrefix(src, source)
		}
		if !allowed || !strings.Contains(script, `integrity="sha384-`) {
			t.Errorf("script %s is not allowed by the policy, or is not pinned", src)
		}
	}
}
