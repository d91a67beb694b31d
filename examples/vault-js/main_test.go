package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/examples/internal/program/programtest"
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
		reply       vaulttest.Reply
		shown, logs string
	}{
		{vaulttest.ErrorResponse(422), "tell its administrator", "registered under OAuth protection"},
		{vaulttest.ServerDown(), "Please try again", "503"},
		// A response that is not valid may still hold a token.
		{vaulttest.Reply{Status: 200, Body: `{"data": {"session_token": "canary"}}`}, "Please try again", "session_uri"},
	} {
		a := newApp(t, "account:12345")
		a.vault.Enqueue(c.reply)
		w := a.post("same-origin")
		shown, log := w.Body.String(), a.log.String()
		if w.Code != http.StatusBadGateway || !strings.Contains(shown, c.shown) || !strings.Contains(log, c.logs) {
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
		customer, site string
		want           int
	}{
		{"", "same-origin", http.StatusUnauthorized}, // signed out
		{"account:12345", "cross-site", http.StatusForbidden},
	} {
		a := newApp(t, c.customer)
		if w := a.post(c.site); w.Code != c.want || len(a.vault.Requests()) > 0 {
			t.Errorf("%+v: status %d, %d sessions", c, w.Code, len(a.vault.Requests()))
		}
	}
}

func TestRun_PageAllowsOnlyItsScriptAndVaultJS(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "app")
	p := programtest.Start(t, run)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	_, scripts, _ := strings.Cut(policy, "script-src ")
	scripts, _, _ = strings.Cut(scripts, ";")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q allows other scripts", policy)
	}
	for _, script := range strings.Split(page.String(), "<script ")[1:] {
		_, src, _ := strings.Cut(script, `src="`)
		src, _, _ = strings.Cut(src, `"`)
		if src == "page.js" {
			continue // 'self'
		}
		self, vaultJS, _ := strings.Cut(scripts, " ")
		if self != "'self'" || !strings.HasPrefix(src, vaultJS) || !strings.Contains(script, `integrity="sha384-`) {
			t.Errorf("script %s is not allowed by the policy %q or has no integrity hash", src, scripts)
		}
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}
