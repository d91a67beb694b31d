package vaulttest_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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
	csrf  string
}

func newVisitor(t *testing.T, vault *vaulttest.Server, session facade.Session) visitor {
	t.Helper()
	v := visitor{t: t, vault: vault}
	v.path = strings.TrimPrefix(create(t, vault.Client(), session).Data.SessionURI, vault.URL)
	_, page := v.get("?integration=crm/salesforce")
	v.csrf, _, _ = strings.Cut(values(page, `name="csrf" value`), " ")
	return v
}

func (v visitor) get(query string) (*http.Response, string) {
	v.t.Helper()
	return request(v.t, v.vault, "GET", v.path+query, "", nil)
}

// press submits the form with the action on the page of an integration.
func (v visitor) press(integration, action string) *http.Response {
	v.t.Helper()
	return v.post("?integration="+integration, action, v.csrf)
}

// post submits a form with an action and pairs of other fields.
func (v visitor) post(query, action, csrf string, fields ...string) *http.Response {
	v.t.Helper()
	form := url.Values{"action": {action}, "csrf": {csrf}}
	for pair := range slices.Chunk(fields, 2) {
		form.Set(pair[0], pair[1])
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	resp, _ := request(v.t, v.vault, "POST", v.path+query, form.Encode(), header)
	return resp
}

// connect takes one integration from available to callable.
func (v visitor) connect() {
	v.t.Helper()
	for _, action := range []string{"add", "authorize", "configure"} {
		v.press("crm/salesforce", action)
	}
}

// values returns the values of an attribute on the page, in order.
func values(page, attribute string) string {
	var found []string
	for _, m := range regexp.MustCompile(`<[a-z]+[^>]* `+attribute+`="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	return strings.Join(found, " ")
}

// between returns the text after start and before end.
func between(page, start, end string) string {
	_, after, _ := strings.Cut(page, start)
	text, _, _ := strings.Cut(after, end)
	return text
}

// row returns the table row of a field, without markup.
func row(page, field string) string {
	line := "<" + between(page, `<tr data-field="`+field+`"`, "</tr>")
	line = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line, " ")
	return html.UnescapeString(strings.Join(strings.Fields(line), " "))
}

func TestPage_ShowsWhoTheSessionIsFor(t *testing.T) {
	t.Parallel()
	vault := newServer(t, vaulttest.WithAPIKeys("sk_secret"))
	v := newVisitor(t, vault, facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX & Co", UserName: "Elon Musk",
			Email: "elon@musk.com", Image: "https://img.example/a.png"},
		RedirectURI: "https://mysaas.com/dashboard?tab=1&x=2",
		Theme: facade.Theme{VaultName: "Intercom", Logo: "https://logo.example/i.svg", Favicon: "https://icon.example/f.ico",
			PrivacyURL: "https://legal.example/privacy", TermsURL: "https://legal.example/terms"},
	})
	resp, page := v.get("")
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
	checkHeaders(t, resp, page)
	for _, secret := range append(strings.Split(v.path, ".")[1:], "sk_secret") {
		if strings.Contains(page, secret) {
			t.Error("the page shows part of the token or the key")
		}
	}
	again, _ := v.get("")
	if again.Header.Get("Content-Security-Policy") == resp.Header.Get("Content-Security-Policy") {
		t.Error("two pages have the same nonce")
	}
}

// checkHeaders checks the security headers, which keep the URL of a page secret.
func checkHeaders(t *testing.T, resp *http.Response, page string) {
	t.Helper()
	nonce := values(page, "nonce")
	policy := "default-src 'none'; style-src 'nonce-" + nonce + "'; img-src data: http: https:" +
		"; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	for key, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": policy,
	} {
		if got := resp.Header.Get(key); got != want || len(nonce) < 20 {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestPage_FollowsTheSettings(t *testing.T) {
	t.Parallel()
	const (
		actions = "configure reauthorize disable disconnect delete"
		parts   = "settings resource-settings guide actions"
	)
	for name, c := range map[string]struct {
		settings facade.Settings
		entries  string
		actions  string
		parts    string
		marks    string
	}{
		"nothing set": {entries: "integrations logs", actions: actions, parts: parts, marks: "sidebar All integrations"},
		"no action": {settings: facade.Settings{AllowActions: []facade.Action{}},
			entries: "integrations logs", actions: "configure", parts: "settings resource-settings guide",
			marks: "sidebar All integrations"},
		"no logs": {settings: facade.Settings{ShowLogs: new(false), ShowSuggestions: new(true), SandboxMode: new(true)},
			entries: "integrations suggestions", actions: actions, parts: parts, marks: "banner sidebar All integrations"},
		"no guides": {settings: facade.Settings{HideResourceSettings: new(true), HideGuides: new(true)},
			entries: "integrations logs", actions: actions, parts: "settings actions", marks: "sidebar All integrations"},
		"no sidebar": {settings: facade.Settings{ShowSidebar: new(false)},
			actions: actions, parts: parts, marks: "All integrations"},
		"isolation": {settings: facade.Settings{IsolationMode: new(true), ShowSuggestions: new(true)},
			actions: actions, parts: parts, marks: "sidebar isolated"},
	} {
		v := newVisitor(t, newServer(t), facade.Session{Settings: c.settings})
		v.connect()
		_, page := v.get("?integration=crm/salesforce")
		var marks []string
		for _, mark := range []string{" data-banner", " data-sidebar", " data-isolated", ">All integrations"} {
			if strings.Contains(page, mark) {
				marks = append(marks, strings.TrimLeft(strings.TrimPrefix(mark, " data-"), ">"))
			}
		}
		got := []string{values(page, "data-entry"), values(page, "data-action"), values(page, "data-part"), strings.Join(marks, " ")}
		if want := []string{c.entries, c.actions, c.parts, c.marks}; !slices.Equal(got, want) {
			t.Errorf("%s: the page has\n%q, want\n%q", name, got, want)
		}
	}
}

func TestPage_ListsTheFieldsOfTheSession(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	resp, body := request(t, vault, "POST", "/vault/sessions", `{
		"redirect_uri": "https://a.example/?b&c",
		"consumer_metadata": {"account_name": "SpaceX", "user_id": 7, "image": "bücher.example"},
		"custom_consumer_settings": {"a": 9007199254740993},
		"settings": {"show_logs": false, "isolation_mode": true, "show_suggestions": true, "unified_apis": []},
		"theme": {"primary_color": "blu", "sidepanel_background_color": "#ffff00", "sidepanel_text_color": "#ffffee",
			"logo": "//logo.example", "privacy_url": " javascript:alert(1)"}
	}`, goodHeader())
	if resp.StatusCode != http.StatusOK {
		t.Fatal(body)
	}
	_, page := request(t, vault, "GET", "/session/"+between(body, `"session_token":"`, `"`), "", nil)
	for field, want := range map[string]string{
		"settings.show_logs":               `false sent`,
		"settings.isolation_mode":          `true sent`,
		"settings.auto_redirect":           `false default`,
		"settings.session_length":          `1h default`,
		"settings.unified_apis":            `[] sent`,
		"settings.allow_actions":           `not sent`,
		"theme.vault_name":                 `not sent`,
		"theme.primary_color":              `"blu" sent , not used: not a color that this page knows`,
		"theme.sidepanel_background_color": `"#ffff00" sent`,
		"theme.sidepanel_text_color":       `"#ffffee" sent , changed: cannot be read on sidepanel_background_color`,
		"theme.logo":                       `"//logo.example" sent , not used: not an absolute http or https URL`,
		"theme.privacy_url":                `" javascript:alert(1)" sent , not used: not an absolute http or https URL`,
		"consumer_metadata.image":          `"bücher.example" sent , not used: not an absolute http or https URL`,
		"consumer_metadata.account_name":   `"SpaceX" sent`,
		"consumer_metadata.user_id":        `7 sent , not used on this page`,
		"custom_consumer_settings":         `{"a":9007199254740993} sent`,
		"redirect_uri":                     `"https://a.example/?b&c" sent`,
	} {
		if got := row(page, field); got != field+" "+want {
			t.Errorf("%s:\n got %s\nwant %s", field, got, want)
		}
	}
	if strings.Contains(page, "<img") || strings.Contains(page, "Privacy</a>") {
		t.Error("the page uses a URL that is not absolute, http or https")
	}
	if n := len(strings.Fields(values(page, "data-api"))); n < 28 { // the contract may gain more
		t.Errorf("%d unified APIs", n)
	}
}

func TestPage_ColorsAreThoseOfTheTheme(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for color, used := range map[string]string{ // "": not a color
		"#286EFA": "#286efa", "#fff8": "#fff8", " RebeccaPurple ": "rebeccapurple",
		"rgb(1, 2, 3)": "rgb(1, 2, 3)", "rgba(0 0 0 / 10%)": "rgba(0 0 0 / 10%)",
		"hsl(160deg 60% 15%)": "hsl(160deg 60% 15%)", "color(display-p3 0 0 .5)": "color(display-p3 0 0 .5)",
		"#12345": "", "blu": "", "rgb(1)": "", "rgb(1,2,3": "", "var(--x)": "", "currentcolor": "", "inherit": "",
		"url(https://evil.example)": "", "red;}": "", "rgb(1,2,3);": "",
	} {
		_, page := newVisitor(t, vault, facade.Session{Theme: facade.Theme{PrimaryColor: color}}).get("")
		isUsed := strings.Contains(page, "--asked-brand: "+used+";")
		isNoted := strings.Contains(row(page, "theme.primary_color"), "not used")
		if isUsed == (used == "") || isNoted != (used == "") {
			t.Errorf("%q: used is %v, with a note %v", color, isUsed, isNoted)
		}
	}
}

func TestPage_ShowsLogsAndSuggestions(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t), facade.Session{Settings: facade.Settings{ShowSuggestions: new(true)}})
	v.connect()
	_, logs := v.get("?view=logs")
	if !regexp.MustCompile(`(?s)Salesforce was set up.*was authorized.*was added`).MatchString(logs) {
		t.Errorf("logs: %s", logs)
	}
	_, suggestions := v.get("?view=suggestions")
	if got := values(suggestions, "data-service"); strings.Contains(got, "-crm") || !strings.Contains(got, "-accounting") {
		t.Errorf("suggestions: %s", got)
	}
	for view, page := range map[string]string{"logs": logs, "suggestions": suggestions} {
		if current := values(page, `data-entry="`+view+`" aria-current`); current != "page" {
			t.Errorf("%s: aria-current is %q", view, current)
		}
	}
}

func TestWithClock_LetsASessionExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	vault := newServer(t, vaulttest.WithClock(func() time.Time { return now }))
	settings := facade.Settings{SessionLength: "30m"}
	v := newVisitor(t, vault, facade.Session{RedirectURI: "https://mysaas.com/back", Settings: settings})
	now = now.Add(30*time.Minute - time.Second)
	const expires = `<time datetime="2030-01-02T03:34:05Z" data-expires>03:34 UTC on 2 January</time>`
	if resp, page := v.get(""); resp.StatusCode != http.StatusOK || !strings.Contains(page, expires) {
		t.Errorf("before: %s, %s", resp.Status, page)
	}
	now = now.Add(time.Second)
	const back = `<a class="button" href="https://mysaas.com/back" data-done>Back to mysaas.com</a>`
	if resp, page := v.get(""); resp.StatusCode != http.StatusGone || !strings.Contains(page, back) {
		t.Errorf("after: %s, %s", resp.Status, page)
	}
}

func TestPage_Returns404ForAnUnknownToken(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	token := create(t, vault.Client(), facade.Session{}).Data.SessionToken
	other := newServer(t)
	foreign := create(t, other.Client(), facade.Session{RedirectURI: "https://elsewhere.example"}).Data.SessionToken
	parts, payload := strings.Split(token, "."), strings.Split(foreign, ".")[1]
	for name, token := range map[string]string{
		"none": "", "not a token": "x", "truncated": token[:len(token)-1], "another server's": foreign,
		"unsigned": parts[0] + "." + parts[1] + ".", "another payload": parts[0] + "." + payload + "." + parts[2],
	} {
		resp, text := request(t, vault, "GET", "/session/"+token, "", nil)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(text, "Session not found") {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		checkHeaders(t, resp, text)
	}
}
