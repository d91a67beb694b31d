package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/vaulttest"
)

func TestTokenHandler(t *testing.T) {
	t.Parallel()
	const customer = "account:12345"
	expired, unregistered := vaulttest.KeyExpired(), vaulttest.ErrorResponse(422)
	for _, c := range []struct {
		customer string          // "" is signed out
		site     string          // header Sec-Fetch-Site
		reply    vaulttest.Reply // zero is the normal response
		status   int
		body     string
		log      string // "": no session is created
	}{
		{customer: customer, site: "same-origin", status: 200, body: `{"token":"eyJ`, log: "request_id=req_1"},
		{customer: customer, site: "same-origin", reply: expired, status: 502, body: "try again", log: "401"},
		{customer: customer, site: "same-origin", reply: unregistered, status: 502, body: "tell its", log: "OAuth"},
		{customer: customer, site: "cross-site", status: 403},
		{customer: "", site: "same-origin", status: 401, body: "Please sign in."},
	} {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(c.reply)
		defer vault.Reset() // a rejected request leaves it
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		handler := newHandler(vault.Client(), func(*http.Request) string { return c.customer }, logger)

		r := httptest.NewRequest("POST", "/vault-token?consumer=mallory", strings.NewReader("consumer=mallory"))
		r.Header.Set("Sec-Fetch-Site", c.site)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)

		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
		if strings.Contains(log.String(), "eyJ") || !strings.Contains(log.String(), c.log) {
			t.Errorf("%+v: logged %s", c, &log)
		}
		if w.Header().Get("Cache-Control") != "no-store" || strings.Contains(w.Body.String(), "session_uri") {
			t.Errorf("%+v: may be cached, or has more than the token: %s", c, w.Body)
		}
		for _, r := range vault.Requests() {
			if c.log == "" || r.ConsumerID != customer {
				t.Errorf("%+v: a session for %s", c, r.ConsumerID)
			}
		}
	}
}

func TestHandler_PageAllowsOnlyItsScriptAndVaultJS(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newHandler(nil, nil, nil).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	const vaultJS = "https://unpkg.com/@apideck/vault-js@1.8.1/"
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none';", "script-src 'self' " + vaultJS + ";"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s is not in the policy %q", want, policy)
		}
	}
	page := w.Body.String()
	for _, script := range []string{`src="page.js"`, `src="` + vaultJS} {
		if !strings.Contains(page, script) {
			t.Errorf("no script has %s", script)
		}
	}
	if strings.Count(page, "<script ") != 2 || !strings.Contains(page, `integrity="sha384-`) {
		t.Errorf("the page has other scripts, or no integrity hash: %s", page)
	}
}
