package vaulttest_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// open creates a session and opens its page.
func open(t *testing.T, session facade.Session) (*http.Response, string) {
	t.Helper()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	return visit(t, vault, create(t, vault.Client(), session).Data.SessionURI)
}

func visit(t *testing.T, vault *vaulttest.Server, uri string) (*http.Response, string) {
	t.Helper()
	return request(t, vault, "GET", strings.TrimPrefix(uri, vault.URL), "", nil)
}

// values returns the values that an attribute has on the page, in order.
func values(page, attribute string) string {
	var found []string
	for _, m := range regexp.MustCompile(`<[a-z]+[^>]* `+attribute+`="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	return strings.Join(found, " ")
}

func TestThePageShowsWhoTheSessionIsFor(t *testing.T) {
	t.Parallel()
	_, page := open(t, facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX & Co", UserName: "Elon Musk", Email: "elon@musk.com", Image: "https://img.example/a.png"},
		RedirectURI:      "https://mysaas.com/dashboard?tab=1&x=2",
		Theme: facade.Theme{VaultName: "Intercom", Logo: "https://logo.example/i.svg", Favicon: "https://icon.example/f.ico",
			PrivacyURL: "https://legal.example/privacy", TermsURL: "https://legal.example/terms"},
	})
	for _, want := range []string{
		"<title>Integrations · Intercom</title>", "<bdi>Intercom</bdi>",
		"<bdi data-account>SpaceX &amp; Co</bdi>", "<bdi data-user>Elon Musk</bdi>", "<bdi data-email>elon@musk.com</bdi>",
		`<link rel="icon" href="https://icon.example/f.ico">`,
		`<a class="button" href="https://mysaas.com/dashboard?tab=1&amp;x=2" data-done>Done</a>`,
		`<a href="https://legal.example/privacy">Privacy</a>`, `<a href="https://legal.example/terms">Terms</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, image := range []string{"https://logo.example/i.svg", "https://img.example/a.png"} {
		if !strings.Contains(strings.ReplaceAll(page, `\/`, "/"), `url("`+image+`")`) {
			t.Errorf("the page does not show %s", image)
		}
	}
}

func TestThePageFollowsTheSettings(t *testing.T) {
	t.Parallel()
	// An action that the contract gains is shown after those that the page knows.
	_, page := open(t, facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}})
	everyAction := values(page, "data-action")
	if !strings.HasPrefix(everyAction+" ", "reauthorize disconnect disable delete ") {
		t.Errorf("the page offers %q", everyAction)
	}
	for _, c := range []struct {
		name                             string
		settings                         facade.Settings
		apis, actions, entries           string
		parts                            string
		sandbox, sidebar, isolated, auto bool
	}{
		{name: "nothing set", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}},
			apis: "crm", actions: everyAction, entries: "integrations logs", parts: "resource-settings guide actions", sidebar: true},
		{name: "one action", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}, AllowActions: []facade.Action{facade.ActionDisconnect}},
			apis: "crm", actions: "disconnect", entries: "integrations logs", parts: "resource-settings guide actions", sidebar: true},
		{name: "no action", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}, AllowActions: []facade.Action{}},
			apis: "crm", entries: "integrations logs", parts: "resource-settings guide", sidebar: true},
		{name: "two APIs", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"hris", "ats"}},
			apis: "hris ats", actions: everyAction + " " + everyAction, entries: "integrations logs", parts: "resource-settings guide actions resource-settings guide actions", sidebar: true},
		{name: "no logs, suggestions, no resource settings, no guides, sandbox", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"},
			ShowLogs: new(false), ShowSuggestions: new(true), HideResourceSettings: new(true), HideGuides: new(true), SandboxMode: new(true)},
			apis: "crm", actions: everyAction, entries: "integrations suggestions", parts: "actions", sandbox: true, sidebar: true},
		{name: "no sidebar", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}, ShowSidebar: new(false), AutoRedirect: new(true)},
			apis: "crm", actions: everyAction, parts: "resource-settings guide actions", auto: true},
		{name: "isolation", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}, IsolationMode: new(true)},
			apis: "crm", actions: everyAction, parts: "resource-settings guide actions", isolated: true},
	} {
		_, page := open(t, facade.Session{Settings: c.settings})
		for attribute, want := range map[string]string{"data-api": c.apis, "data-action": c.actions, "data-entry": c.entries, "data-part": c.parts} {
			if got := values(page, attribute); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, attribute, got, want)
			}
		}
		for mark, want := range map[string]bool{`data-banner="sandbox"`: c.sandbox, "data-sidebar": c.sidebar, "data-isolated": c.isolated,
			"returns by itself": c.auto, `id="logs"`: !c.isolated && (c.settings.ShowLogs == nil || *c.settings.ShowLogs)} {
			if got := strings.Contains(page, mark); got != want {
				t.Errorf("%s: %s is %v, want %v", c.name, mark, got, want)
			}
		}
	}
}

func TestASessionWithoutUnifiedAPIsOffersAll(t *testing.T) {
	t.Parallel()
	for _, apis := range [][]facade.UnifiedAPI{nil, {}} {
		_, page := open(t, facade.Session{Settings: facade.Settings{UnifiedAPIs: apis}})
		ids := strings.Fields(values(page, "data-api"))
		if len(ids) < 28 { // the contract may gain more
			t.Errorf("%d unified APIs: %v", len(ids), ids)
		}
	}
}

func TestASessionExpiresByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithClock(func() time.Time { return now }))
	resp := create(t, vault.Client(), facade.Session{RedirectURI: "https://mysaas.com/back", Settings: facade.Settings{SessionLength: "30m"}})
	if expires, ok := resp.ExpiresAt(); !ok || !expires.Equal(now.Add(30*time.Minute)) {
		t.Errorf("expires at %v", expires)
	}
	for _, c := range []struct {
		after  time.Duration
		status int
		text   string
	}{
		{0, 200, `<time datetime="2030-01-02T03:34:05Z" data-expires>30 minutes</time>, at 03:34 UTC`},
		{28*time.Minute + 40*time.Second, 200, "data-expires>1 minute</time>"},
		{30*time.Minute - time.Second, 200, "data-expires>less than a minute</time>"},
		{30 * time.Minute, 410, `<a class="button" href="https://mysaas.com/back" data-done>Back to mysaas.com</a>`},
		{365 * 24 * time.Hour, 410, "This session has expired"},
	} {
		now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC).Add(c.after)
		page, text := visit(t, vault, resp.Data.SessionURI)
		if page.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("after %v: %d without %q", c.after, page.StatusCode, c.text)
		}
	}
}

func TestAWrongTokenIs404(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	token := create(t, vault.Client(), facade.Session{}).Data.SessionToken
	other := vaulttest.NewServer(t, vaulttest.InProcess())
	foreign := create(t, other.Client(), facade.Session{RedirectURI: "https://elsewhere.example"}).Data.SessionToken
	parts := strings.Split(token, ".")
	for name, token := range map[string]string{
		"none": "", "not a token": "x", "cut": token[:len(token)-1], "another server's": foreign,
		"unsigned": parts[0] + "." + parts[1] + ".", "another payload": parts[0] + "." + strings.Split(foreign, ".")[1] + "." + parts[2],
	} {
		resp, text := visit(t, vault, vault.URL+"/session/"+token)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(text, "There is no such session") {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		secretive(t, resp, text)
	}
}

// secretive checks what every page does to keep its address to itself.
func secretive(t *testing.T, resp *http.Response, page string) {
	t.Helper()
	for key, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if got := resp.Header.Get(key); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none';", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if nonce := values(page, "nonce"); len(nonce) < 20 || !strings.Contains(policy, "style-src 'nonce-"+nonce+"'") {
		t.Errorf("nonce %q in %s", nonce, policy)
	}
}

func TestThePageKeepsItsAddressToItself(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithAPIKeys("sk_secret"))
	session := create(t, vault.Client(), facade.Session{RedirectURI: "https://mysaas.com/", Theme: facade.Theme{Logo: "https://logo.example/x"}})
	resp, page := visit(t, vault, session.Data.SessionURI)
	secretive(t, resp, page)
	parts := strings.Split(session.Data.SessionToken, ".")
	for _, secret := range []string{parts[1], parts[2], "sk_secret"} {
		if strings.Contains(page, secret) {
			t.Error("the page holds a part of the token or the key")
		}
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "; img-src data: https://logo.example;") {
		t.Errorf("images from elsewhere: %s", policy)
	}
	again, _ := visit(t, vault, session.Data.SessionURI)
	if again.Header.Get("Content-Security-Policy") == resp.Header.Get("Content-Security-Policy") {
		t.Error("two pages have one nonce")
	}
}

// hostile has what a page must not let through, one marker in each place.
func hostile() facade.Session {
	const script = `"'></style></title></bdi></pre><script>alert(1)</script><img src=x onerror=alert(1)>`
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: script, UserName: script, Email: `<a href="javascript:alert(1)">`, Image: `https://a;script-src`},
		RedirectURI:      "javascript:alert(document.cookie)",
		Theme: facade.Theme{
			VaultName: script, Logo: `https://logo.example/"),url(https://evil.example/"`, Favicon: "data:text/html,<script>alert(1)</script>",
			PrimaryColor: "red;}</style><script>alert(1)</script>", SidepanelBackgroundColor: "url(https://evil.example)", SidepanelTextColor: "#fff;background:url(//evil.example)",
			PrivacyURL: " javascript:alert(1)", TermsURL: "//evil.example/terms",
		},
	}
}

func TestAHostileSessionDoesNoHarm(t *testing.T) {
	t.Parallel()
	resp, page := open(t, hostile())
	secretive(t, resp, page)
	for _, bad := range []string{"<script", "<img", `href="javascript`, `href=" javascript`, `href="//evil`, `href="data:text`} {
		if strings.Contains(strings.ToLower(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("the style ends %d times", n)
	}
	style, _, _ := strings.Cut(page, "</style>")
	if strings.Contains(style, "evil.example)") || strings.Count(style, "url(") != 1 || strings.Contains(style, `"),url`) {
		t.Errorf("the style loads what it should not: %s", style)
	}
	if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || !strings.Contains(policy, "img-src data: https://logo.example;") {
		t.Errorf("the session wrote into the policy: %s", policy)
	}
	for _, field := range []string{"redirect_uri", "theme.favicon", "theme.primary_color", "theme.sidepanel_background_color", "theme.sidepanel_text_color",
		"theme.privacy_url", "theme.terms_url", "consumer_metadata.image"} {
		if n := strings.Count(page, "<li>"+field+" "); n != 1 {
			t.Errorf("%s is noted as left out %d times", field, n)
		}
	}
	if !strings.Contains(html.UnescapeString(page), hostile().Theme.VaultName) {
		t.Error("the name is not shown as text")
	}
}
