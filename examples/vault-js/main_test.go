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

// app is the handler under test, with its log and stand-in.
type app struct {
	http.Handler
	vault *vaulttest.Server
	log   bytes.Buffer
}

// newApp returns an app with every request signed in as customer, or nobody if "".
func newApp(t *testing.T, customer string) *app {
	a := &app{vault: vaulttest.NewServer(t)}
	logger := slog.New(slog.NewTextHandler(&a.log, nil))
	client := a.vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	t.Cleanup(client.CloseIdleConnections)
	a.Handler = newHandler(client, func(*http.Request) string { return customer }, logger)
	return a
}

// post requests a token with the given Sec-Fetch-Site header.
func (a *app) post(site string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/vault-token?consumer=mallory", strings.NewReader("consumer=mallory"))
	r.Header.Set("Sec-Fetch-Site", site)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestTokenHandler_GivesATokenToTheSignedInCustomer(t *testing.T) {
	t.Parallel()
	a := newApp(t, "account:12345")
	w := a.post("same-origin")
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, body %q: %v", w.Code, w.Body, err)
	}
	if strings.Count(got["token"], ".") != 2 || len(got) != 1 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got %v with headers %v, want only a token, not cached", got, w.Header())
	}
	if requests := a.vault.Requests(); len(requests) != 1 || requests[0].ConsumerID != "account:12345" {
		t.Errorf("requests %v, want one for account:12345", requests)
	}
	log := a.log.String()
	if strings.Contains(log, got["token"]) || !strings.Contains(log, "request_id=req_1") {
		t.Errorf("log is %q, want the request id and no token", log)
	}
}

func TestTokenHandler_ExplainsAFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply vaulttest.Reply
		shown string
		log   string
	}{
		{reply: vaulttest.ErrorResponse(422), shown: "tell its administrator", log: "registered under OAuth protection"},
		{reply: vaulttest.ServerDown(), shown: "Please try again", log: "503"},
		// A response that is not valid may still hold a token.
		{reply: vaulttest.Reply{Status: 200, Body: `{"data": {"session_token": "canary"}}`},
			shown: "Please try again", log: "session_uri"},
	} {
		a := newApp(t, "account:12345")
		a.vault.Enqueue(c.reply)
		w := a.post("same-origin")
		shown, log := w.Body.String(), a.log.String()
		if w.Code != http.StatusBadGateway || !strings.Contains(shown, c.shown) || !strings.Contains(log, c.log) {
			t.Errorf("%d %q, log %q", w.Code, shown, log)
		}
		if strings.Contains(shown+log, "canary") {
			t.Errorf("the token is in the page %q or the log %q", shown, log)
		}
	}
}

func TestTokenHandler_RejectsEverybodyElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		customer string // "" is signed out
		site     string
		want     int
	}{
		{customer: "", site: "same-origin", want: http.StatusUnauthorized},
		{customer: "account:12345", site: "cross-site", want: http.StatusForbidden},
	} {
		a := newApp(t, c.customer)
		if w := a.post(c.site); w.Code != c.want || len(a.vault.Requests()) > 0 {
			t.Errorf("%+v: status %d, %d sessions", c, w.Code, len(a.vault.Requests()))
		}
	}
}

func TestHandler_PageAllowsOnlyItsScriptAndVaultJS(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newApp(t, "").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	policy := w.Header().Get("Content-Security-Policy")
	_, scripts, _ := strings.Cut(policy, "script-src 'self' ")
	vaultJS, _, _ := strings.Cut(scripts, ";")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q allows other scripts", policy)
	}
	for _, script := range strings.Split(w.Body.String(), "<script ")[1:] {
		_, src, _ := strings.Cut(script, `src="`)
		src, _, _ = strings.Cut(src, `"`)
		isPinned := strings.HasPrefix(src, vaultJS) && strings.Contains(script, `integrity="sha384-`)
		if src != "page.js" && !isPinned {
			t.Errorf("script %s is not allowed by %q or has no integrity hash", src, policy)
		}
	}
}
