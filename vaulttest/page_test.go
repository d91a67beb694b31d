package vaulttest_test

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
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
	csrf  string
}

func newVisitor(t *testing.T, vault *vaulttest.Server, session facade.Session) visitor {
	t.Helper()
	v := visitor{t: t, vault: vault}
	v.path = "/session/" + create(t, vault.Client(), session).Data.SessionToken
	v.csrf, _, _ = strings.Cut(find(v.get("?integration=crm/salesforce"), `name="csrf" value="(.*?)"`), " ")
	return v
}

func (v visitor) get(query string) *httptest.ResponseRecorder {
	v.t.Helper()
	return request(v.t, v.vault, "GET", v.path+query, "")
}

// press submits forms with the actions on the page of an integration, one after the
// other, and returns the last response.
func (v visitor) press(integration string, actions ...string) (last *httptest.ResponseRecorder) {
	v.t.Helper()
	for _, action := range actions {
		last = v.post("?integration="+integration, url.Values{"action": {action}, "csrf": {v.csrf}})
	}
	return last
}

func (v visitor) post(query string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	return request(v.t, v.vault, "POST", v.path+query, form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
}

// Patterns for find.
const (
	actions  = `<button [^>]*data-action="(.*?)"`
	entries  = `data-entry="(.*?)"`
	parts    = `data-part="(.*?)"`
	services = `data-service="(.*?)"`
	marks    = ` (data-banner|data-sidebar|data-isolated)|>(All integrations)<`
)

// find returns what the groups of pattern match on a page, in order.
func find(page *httptest.ResponseRecorder, pattern string) string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(page.Body.String(), -1) {
		found = append(found, html.UnescapeString(strings.Join(match[1:], "")))
	}
	return strings.Join(found, " ")
}

// row returns the table row of a field, without markup.
func row(page *httptest.ResponseRecorder, field string) string {
	line := find(page, `(?s)<tr data-field="`+field+`">(.*?)</tr>`)
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line, " ")), " ")
}

func TestPage_ShowsWhoTheSessionIsFor(t *testing.T) {
	page := newVisitor(t, newServer(t), facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{
			AccountName: "SpaceX & Co",
			UserName:    "Elon Musk",
			Email:       "elon@musk.com",
			Image:       "https://img.example/a.png",
		},
		RedirectURI: "https://mysaas.com/dashboard?tab=1&x=2",
		Theme: facade.Theme{
			VaultName:                "Intercom",
			Logo:                     "https://logo.example/i.svg",
			Favicon:                  "https://icon.example/f.ico",
			PrimaryColor:             "#286EFA",
			SidepanelBackgroundColor: "#000001",
			SidepanelTextColor:       "#fffffe",
			PrivacyURL:               "https://legal.example/privacy",
			TermsURL:                 "https://legal.example/terms",
		},
	}).get("")
	for pattern, want := range map[string]string{
		`<title>(.*)</title>`:               "Integrations · Intercom",
		`<bdi[a-z -]*>(.*?)</bdi>`:          "Intercom Elon Musk SpaceX & Co elon@musk.com SpaceX & Co",
		`<span class="tile.*?><span>(.*?)<`: "I EM",
		`<link rel="icon" href="(.*?)">`:    "https://icon.example/f.ico",
		`<img src="(.*?)"`:                  "https://logo.example/i.svg https://img.example/a.png",
		`<img [^>]*referrerpolicy="(.*?)">`: "no-referrer no-referrer",
		`href="([^"]*)" data-done>`:         "https://mysaas.com/dashboard?tab=1&x=2",
		`href="(\S*)">Privacy</a>`:          "https://legal.example/privacy https://legal.example/privacy",
		`href="(\S*)">Terms</a>`:            "https://legal.example/terms https://legal.example/terms",
		`body {\s*--asked-brand: (.*?);`:    "#286efa",
		`--asked-side: (#.*?);`:             "#000001",
		`--asked-on-side: (#.*?);`:          "#fffffe",
	} {
		equal(t, pattern, find(page, pattern), want)
	}
}

// The URL of a page is a secret.
func TestPage_KeepsSecrets(t *testing.T) {
	v := newVisitor(t, newServer(t, vaulttest.WithAPIKeys("sk_secret")), facade.Session{})
	unknown := visitor{t: t, vault: v.vault, path: "/session/unknown"}
	for _, page := range []*httptest.ResponseRecorder{v.get(""), unknown.get("")} {
		nonce := find(page, `nonce="(.*?)"`)
		policy := "default-src 'none'; style-src 'nonce-" + nonce + "'; img-src data: http: https:" +
			"; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
		equal(t, "length of the nonce", len(nonce), 26)
		equal(t, "headers", page.Header(), http.Header{
			"Content-Type":               {"text/html; charset=utf-8"},
			"Cache-Control":              {"no-store"},
			"Referrer-Policy":            {"no-referrer"},
			"X-Content-Type-Options":     {"nosniff"},
			"Cross-Origin-Opener-Policy": {"same-origin"},
			"Content-Security-Policy":    {policy},
		})
		for _, secret := range append(strings.Split(v.path, ".")[1:], "sk_secret") {
			if strings.Contains(page.Body.String(), secret) {
				t.Error("the page shows part of the token or the key")
			}
		}
	}
}

func TestPage_FollowsTheSettings(t *testing.T) {
	for _, c := range []struct {
		settings facade.Settings
		pattern  string
		want     string
	}{
		{facade.Settings{}, actions, "configure reauthorize disable disconnect delete"},
		{facade.Settings{AllowActions: []facade.Action{}}, actions, "configure"},
		{facade.Settings{}, parts, "settings resource-settings guide actions"},
		{facade.Settings{HideResourceSettings: new(true)}, parts, "settings guide actions"},
		{facade.Settings{HideGuides: new(true)}, parts, "settings resource-settings actions"},
		{facade.Settings{}, entries, "integrations logs"},
		{facade.Settings{ShowLogs: new(false)}, entries, "integrations"},
		{facade.Settings{ShowSuggestions: new(true)}, entries, "integrations suggestions logs"},
		{facade.Settings{IsolationMode: new(true)}, entries, ""},
		{facade.Settings{}, marks, "data-sidebar All integrations"},
		{facade.Settings{SandboxMode: new(true)}, marks, "data-sidebar data-banner All integrations"},
		{facade.Settings{ShowSidebar: new(false)}, marks, "All integrations"},
		{facade.Settings{IsolationMode: new(true)}, marks, "data-sidebar data-isolated"},
	} {
		v := newVisitor(t, newServer(t), facade.Session{Settings: c.settings})
		v.press("crm/salesforce", "add", "authorize", "configure")
		equal(t, c.pattern, find(v.get("?integration=crm/salesforce"), c.pattern), c.want)
	}
}

func TestPage_ListsTheFieldsOfTheSession(t *testing.T) {
	vault := newServer(t)
	created := request(t, vault, "POST", "/vault/sessions", `{
		"redirect_uri": "https://a.example/?b&c",
		"consumer_metadata": {"user_id": 7},
		"custom_consumer_settings": {"a": 9007199254740993},
		"settings": {"show_logs": false},
		"theme": {"primary_color": "blu", "logo": "//logo.example", "privacy_url": " javascript:alert(1)"}
	}`)
	page := request(t, vault, "GET", "/session/"+find(created, `"session_token":"(.*?)"`), "")
	for field, want := range map[string]string{
		"settings.show_logs":             `false sent`,
		"settings.auto_redirect":         `false default`,
		"settings.allow_actions":         `not sent`,
		"theme.primary_color":            `"blu" sent , not used: not a color that this page knows`,
		"theme.logo":                     `"//logo.example" sent , not used: not an absolute http or https URL`,
		"theme.privacy_url":              `" javascript:alert(1)" sent , not used: not an absolute http or https URL`,
		"consumer_metadata.account_name": `not sent`,
		"consumer_metadata.user_id":      `7 sent , not used on this page`,
		"custom_consumer_settings":       `{"a":9007199254740993} sent`,
		"redirect_uri":                   `"https://a.example/?b&c" sent`,
	} {
		equal(t, "row", row(page, field), field+" "+want)
	}
	equal(t, "URLs that are not used", find(page, `(<img|Privacy</a>)`), "")
	if n := len(strings.Fields(find(page, `data-api="(.*?)"`))); n < 28 { // the contract may gain more
		t.Errorf("%d unified APIs", n)
	}
}

func TestPage_KnowsColors(t *testing.T) {
	vault := newServer(t)
	for color, isKnown := range map[string]bool{
		"#fff8":                    true,
		" RebeccaPurple ":          true,
		"rgb(1, 2, 3)":             true,
		"rgba(0 0 0 / 10%)":        true,
		"hsl(160deg 60% 15%)":      true,
		"color(display-p3 0 0 .5)": true,
		"#12345":                   false,
		"rgb(1,2,3":                false,
		"var(--x)":                 false,
		"red;}":                    false,
	} {
		page := newVisitor(t, vault, facade.Session{Theme: facade.Theme{PrimaryColor: color}}).get("")
		isUsed := find(page, `body {\s*--asked-brand: (.*?);`) != ""
		isNoted := strings.Contains(row(page, "theme.primary_color"), "not used")
		equal(t, color, isUsed, isKnown)
		equal(t, color, isNoted, !isKnown)
	}
}

// The contrast of gray #767676 on white is 4.54 to 1, that of #777777 is 4.48.
func TestPage_NotesTextThatCannotBeRead(t *testing.T) {
	vault := newServer(t)
	for _, c := range []struct {
		text, background string
		isNoted          bool
	}{
		{text: "#767676", background: "#ffffff"},
		{text: "#777777", background: "#ffffff", isNoted: true},
		{text: "#ffffff", background: "#777777", isNoted: true},
		{text: "#757575", background: "#000000"},
		{text: "#747474", background: "#000000", isNoted: true},
		{text: "#090909", background: "#797979"},
		{text: "#0a0a0a", background: "#777777", isNoted: true},
		{text: "#ff0000", background: "#ffffff", isNoted: true},
		{text: "#0000ff", background: "#ffffff"},
		{text: "#fff", background: "#fff"}, // not known to be unreadable
	} {
		theme := facade.Theme{SidepanelTextColor: c.text, SidepanelBackgroundColor: c.background}
		page := newVisitor(t, vault, facade.Session{Theme: theme}).get("")
		isNoted := strings.Contains(row(page, "theme.sidepanel_text_color"), "cannot be read")
		equal(t, c.text+" on "+c.background, isNoted, c.isNoted)
	}
}

func TestPage_ShowsLogsAndSuggestions(t *testing.T) {
	settings := facade.Settings{ShowSuggestions: new(true), UnifiedAPIs: []facade.UnifiedAPI{"crm", "accounting"}}
	v := newVisitor(t, newServer(t), facade.Session{Settings: settings})
	v.press("crm/salesforce", "add", "authorize", "configure")
	logs := v.get("?view=logs")
	equal(t, "logs", find(logs, `</time><span>Salesforce was (.*?)<`), "set up authorized added")
	suggestions := v.get("?view=suggestions")
	equal(t, "suggestions", find(suggestions, services), "isle-accounting")

	const current = `data-entry="(.*?)" aria-current="page"`
	equal(t, "current entry", find(logs, current), "logs")
	equal(t, "current entry", find(suggestions, current), "suggestions")
}

func TestWithClock_LetsASessionExpire(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	vault := newServer(t, vaulttest.WithClock(func() time.Time { return now }))
	settings := facade.Settings{SessionLength: "30m"}
	v := newVisitor(t, vault, facade.Session{RedirectURI: "https://mysaas.com/back", Settings: settings})
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(v.path, ".")[1])
	equal(t, "error", err, nil)
	equal(t, "claims", string(payload), `{"application_id":"test-app","consumer_id":"account:1",`+
		`"exp":1893555245,"iat":1893553445,"redirect_uri":"https://mysaas.com/back",`+
		`"settings":{"session_length":"30m"}}`)

	now = now.Add(30*time.Minute - time.Second)
	page := v.get("")
	equal(t, "status before", page.Code, http.StatusOK)
	equal(t, "end", find(page, `(2030.*?Z)" data-expires>`), "2030-01-02T03:34:05Z")

	now = now.Add(time.Second)
	page = v.get("")
	equal(t, "status after", page.Code, http.StatusGone)
	equal(t, "heading", find(page, `<h1>(.*?)</h1>`), "This session has expired")
	equal(t, "status of an action", v.press("crm/salesforce", "add").Code, http.StatusGone)
	equal(t, "link", find(page, `href="https://mysaas.com/back" data-done>(.*?)<`), "Back to mysaas.com")
}

func TestPage_Returns404ForAnUnknownToken(t *testing.T) {
	v := newVisitor(t, newServer(t), facade.Session{})
	foreign := newVisitor(t, newServer(t), facade.Session{RedirectURI: "https://elsewhere.example"}).path
	parts, others := strings.Split(v.path, "."), strings.Split(foreign, ".")
	for name, path := range map[string]string{
		"not a token":      "/session/x",
		"truncated":        v.path[:len(v.path)-1],
		"another server's": foreign,
		"another payload":  parts[0] + "." + others[1] + "." + parts[2],
	} {
		page := request(t, v.vault, "GET", path, "")
		equal(t, name, page.Code, http.StatusNotFound)
		equal(t, name, find(page, `<h1>(.*?)</h1>`), "Session not found")
	}
}
