package vaulttest_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// visitor opens the page of a session and presses its buttons.
type visitor struct {
	t     *testing.T
	vault *vaulttest.Server
	path  string
}

func newVisitor(t *testing.T, vault *vaulttest.Server, session facade.Session) visitor {
	t.Helper()
	return visitor{t, vault, strings.TrimPrefix(create(t, vault.Client(), session).Data.SessionURI, vault.URL)}
}

// open creates a session and returns its page.
func open(t *testing.T, session facade.Session) (*http.Response, string) {
	t.Helper()
	return newVisitor(t, vaulttest.NewServer(t, vaulttest.InProcess()), session).get("")
}

func (v visitor) get(query string) (*http.Response, string) {
	v.t.Helper()
	return request(v.t, v.vault, "GET", v.path+query, "", nil)
}

// press opens one integration and submits the form with the action.
func (v visitor) press(integration, action string) *http.Response {
	v.t.Helper()
	query := "?integration=" + integration
	_, page := v.get(query)
	csrf, _, _ := strings.Cut(values(page, `name="csrf" value`), " ")
	return v.post(query, url.Values{"action": {action}, "csrf": {csrf}})
}

func (v visitor) post(query string, form url.Values) *http.Response {
	v.t.Helper()
	resp, _ := request(v.t, v.vault, "POST", v.path+query, form.Encode(), header("Content-Type", "application/x-www-form-urlencoded"))
	return resp
}

// values returns the values that an attribute has on the page, in order.
func values(page, attribute string) string {
	var found []string
	for _, m := range regexp.MustCompile(`<[a-z]+[^>]* `+attribute+`="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	return strings.Join(found, " ")
}

// row returns the line of the table about a field, without markup.
func row(page, field string) string {
	_, after, _ := strings.Cut(page, `<tr data-field="`+field+`"`)
	line, _, _ := strings.Cut("<"+after, "</tr>")
	return html.UnescapeString(strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line, " ")), " "))
}

func TestPage_ShowsWhoTheSessionIsFor(t *testing.T) {
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
		`<img src="https://logo.example/i.svg" alt="" referrerpolicy="no-referrer">`,
		`<img src="https://img.example/a.png" alt="" referrerpolicy="no-referrer">`,
		`<a class="button" href="https://mysaas.com/dashboard?tab=1&amp;x=2" data-done>Done</a>`,
		`<a href="https://legal.example/privacy">Privacy</a>`, `<a href="https://legal.example/terms">Terms</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

func TestPage_FollowsTheSettings(t *testing.T) {
	t.Parallel()
	only := []facade.UnifiedAPI{"crm"}
	const all = "configure reauthorize disable disconnect delete"
	for _, c := range []struct {
		name                       string
		settings                   facade.Settings
		apis, actions, entries     string
		parts                      string
		sandbox, sidebar, isolated bool
	}{
		{name: "nothing set", settings: facade.Settings{UnifiedAPIs: only},
			apis: "crm", actions: all, entries: "integrations logs", parts: "resource-settings guide actions", sidebar: true},
		{name: "one action", settings: facade.Settings{UnifiedAPIs: only, AllowActions: []facade.Action{facade.ActionDisconnect}},
			apis: "crm", actions: "configure disconnect", entries: "integrations logs", parts: "resource-settings guide actions", sidebar: true},
		{name: "no action", settings: facade.Settings{UnifiedAPIs: only, AllowActions: []facade.Action{}},
			apis: "crm", actions: "configure", entries: "integrations logs", parts: "resource-settings guide", sidebar: true},
		{name: "two APIs", settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "ats"}},
			apis: "crm ats", actions: all, entries: "integrations logs", parts: "resource-settings guide actions", sidebar: true},
		{name: "no logs, suggestions, no resource settings, no guides, sandbox", settings: facade.Settings{UnifiedAPIs: only,
			ShowLogs: new(false), ShowSuggestions: new(true), HideResourceSettings: new(true), HideGuides: new(true), SandboxMode: new(true)},
			apis: "crm", actions: strings.TrimPrefix(all, "configure "), entries: "integrations suggestions", parts: "actions", sandbox: true, sidebar: true},
		{name: "no sidebar", settings: facade.Settings{UnifiedAPIs: only, ShowSidebar: new(false)},
			apis: "crm", actions: all, parts: "resource-settings guide actions"},
		{name: "isolation", settings: facade.Settings{UnifiedAPIs: only, IsolationMode: new(true)},
			apis: "crm", actions: all, parts: "resource-settings guide actions", isolated: true},
	} {
		v := newVisitor(t, vaulttest.NewServer(t, vaulttest.InProcess()), facade.Session{Settings: c.settings})
		_, list := v.get("")
		for _, action := range []string{"add", "authorize", "configure"} {
			v.press("crm/salesforce", action)
		}
		_, integration := v.get("?integration=crm/salesforce")
		for attribute, want := range map[string]string{"data-api": c.apis, "data-entry": c.entries, "data-view": "integrations"} {
			if got := values(list, attribute); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, attribute, got, want)
			}
		}
		for attribute, want := range map[string]string{"data-action": c.actions, "data-part": c.parts, "data-view": "integration"} {
			if got := values(integration, attribute); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, attribute, got, want)
			}
		}
		for mark, want := range map[string]bool{`data-banner="sandbox"`: c.sandbox, "data-sidebar": c.sidebar, "data-isolated": c.isolated} {
			if got := strings.Contains(list, mark) && strings.Contains(integration, mark); got != want {
				t.Errorf("%s: %s is %v, want %v", c.name, mark, got, want)
			}
		}
	}
}

func TestPage_OffersAllUnifiedAPIsByDefault(t *testing.T) {
	t.Parallel()
	for _, apis := range [][]facade.UnifiedAPI{nil, {}} {
		_, page := open(t, facade.Session{Settings: facade.Settings{UnifiedAPIs: apis}})
		ids := strings.Fields(values(page, "data-api"))
		if len(ids) < 28 { // the contract may gain more
			t.Errorf("%d unified APIs: %v", len(ids), ids)
		}
	}
}

func TestWithClock_LetsASessionExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithClock(func() time.Time { return now }))
	v := newVisitor(t, vault, facade.Session{RedirectURI: "https://mysaas.com/back", Settings: facade.Settings{SessionLength: "30m"}})
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
		page, text := v.get("")
		if page.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("after %v: %d without %q", c.after, page.StatusCode, c.text)
		}
	}
}

func TestPage_OfAWrongTokenIs404(t *testing.T) {
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
		resp, text := request(t, vault, "GET", "/session/"+token, "", nil)
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
	for _, want := range []string{"default-src 'none';", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if nonce := values(page, "nonce"); len(nonce) < 20 || !strings.Contains(policy, "style-src 'nonce-"+nonce+"'") {
		t.Errorf("nonce %q in %s", nonce, policy)
	}
}

func TestPage_KeepsItsURLSecret(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithAPIKeys("sk_secret"))
	v := newVisitor(t, vault, facade.Session{RedirectURI: "https://mysaas.com/", Theme: facade.Theme{Logo: "https://logo.example/x"}})
	resp, page := v.get("")
	secretive(t, resp, page)
	parts := strings.Split(v.path, ".")
	for _, secret := range []string{parts[1], parts[2], "sk_secret"} {
		if strings.Contains(page, secret) {
			t.Error("the page holds a part of the token or the key")
		}
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "; img-src data: https://logo.example;") {
		t.Errorf("images from elsewhere: %s", policy)
	}
	again, _ := v.get("")
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

func TestPage_OfAHostileSessionDoesNoHarm(t *testing.T) {
	t.Parallel()
	resp, page := open(t, hostile())
	secretive(t, resp, page)
	for _, bad := range []string{"<script", "<img src=x", `href="javascript`, `href=" javascript`, `href="//evil`, `href="data:text`} {
		if strings.Contains(strings.ToLower(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if style, _, _ := strings.Cut(page, "</style>"); strings.Contains(style, "evil") || strings.Count(page, "</style>") != 1 {
		t.Errorf("the session wrote into the style: %s", style)
	}
	if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || !strings.Contains(policy, "img-src data: https://logo.example;") {
		t.Errorf("the session wrote into the policy: %s", policy)
	}
	for _, field := range []string{"redirect_uri", "theme.favicon", "theme.primary_color", "theme.sidepanel_background_color", "theme.sidepanel_text_color",
		"theme.privacy_url", "theme.terms_url", "consumer_metadata.image"} {
		if got := row(page, field); !strings.Contains(got, "Left out: ") {
			t.Errorf("%s is used: %s", field, got)
		}
	}
	if !strings.Contains(html.UnescapeString(page), hostile().Theme.VaultName) {
		t.Error("the name is not shown as text")
	}
}
