package vaulttest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func salesforce(state vaulttest.State, enabled bool) vaulttest.Connection {
	return vaulttest.Connection{
		UnifiedAPI: facade.UnifiedAPICRM,
		ServiceID:  "salesforce",
		Name:       "Salesforce",
		State:      state,
		Enabled:    enabled,
	}
}

func TestServerConnections_FollowTheConsumersActions(t *testing.T) {
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{})
	for _, step := range []struct {
		action  string
		state   vaulttest.State // after it; "" for no connection
		enabled bool
		notice  string // "": the action was not possible
	}{
		{action: "authorize"}, // not before it is added
		{action: "add", state: "added", enabled: true, notice: "Salesforce was added."},
		{action: "deny", state: "added", enabled: true, notice: "Access to Salesforce was denied."},
		{action: "reject", state: "invalid", enabled: true, notice: "Salesforce rejected the credentials."},
		{action: "configure", state: "invalid", enabled: true},
		{action: "authorize", state: "authorized", enabled: true, notice: "Salesforce was authorized."},
		{action: "add", state: "authorized", enabled: true}, // a second click
		{action: "configure", state: "callable", enabled: true, notice: "Salesforce was set up."},
		{action: "reauthorize", state: "callable", enabled: true, notice: "Salesforce was authorized again."},
		{action: "disable", state: "callable", notice: "Salesforce was disabled."},
		{action: "disable", state: "callable"},
		{action: "enable", state: "callable", enabled: true, notice: "Salesforce was enabled."},
		{action: "disconnect", state: "added", enabled: true, notice: "Salesforce was disconnected."},
		{action: "delete", notice: "Salesforce was deleted."},
	} {
		v.press("crm/salesforce", step.action)
		var want []vaulttest.Connection
		if step.state != "" {
			want = append(want, salesforce(step.state, step.enabled))
		}
		equal(t, step.action, vault.Connections("account:1"), want)
		for _, want := range []string{step.notice, ""} { // Back and reload do not repeat it
			page := v.get("?integration=crm/salesforce")
			equal(t, step.action, find(page, ` data-notice>(.*?)</p>`), want)
		}
	}
	equal(t, "another consumer", vault.Connections("account:2"), nil)
}

func TestServerSetConnections_IsWhereThePageStarts(t *testing.T) {
	vault := newServer(t)
	vault.SetConnections("account:1", salesforce("added", true))
	vault.SetConnections("account:1",
		vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "lagoon-crm", State: "callable"},
		salesforce("callable", false),
		vaulttest.Connection{UnifiedAPI: "ats", ServiceID: "élan_ats", State: "added"},
		vaulttest.Connection{UnifiedAPI: "ats", ServiceID: "gone", State: "available"},
		salesforce("invalid", true), // the last one counts
	)
	equal(t, "connections", vault.Connections("account:1"), []vaulttest.Connection{
		{UnifiedAPI: "crm", ServiceID: "lagoon-crm", Name: "Lagoon CRM", State: "callable"},
		salesforce("invalid", true),
		{UnifiedAPI: "ats", ServiceID: "élan_ats", Name: "Élan Ats", State: "added"},
	})
	v := newVisitor(t, vault, facade.Session{})
	equal(t, "states", find(v.get("?api=crm"), `data-state="(.*?)"`),
		"invalid callable available available available")
	equal(t, "actions", find(v.get("?integration=crm/salesforce"), actions),
		"authorize deny reject disable disconnect delete")
}

func TestServer_ServesTheConnectionsOfTheAPI(t *testing.T) {
	vault := newServer(t)
	vault.SetConnections("account:1", salesforce("invalid", true))
	const crm = `{"id":"crm+salesforce","unified_api":"crm","service_id":"salesforce",` +
		`"name":"Salesforce","state":"invalid","enabled":true}`
	for _, c := range []struct {
		path     string
		consumer string
		status   int
		data     string // "" for an error
	}{
		{path: "", consumer: "account:1", status: 200, data: "[" + crm + "]"},
		{path: "?api=crm", consumer: "account:1", status: 200, data: "[" + crm + "]"},
		{path: "?api=ats", consumer: "account:1", status: 200, data: "[]"},
		{path: "", consumer: "", status: 200, data: "[]"}, // the header is optional
		{path: "/crm/salesforce", consumer: "account:1", status: 200, data: crm},
		{path: "/crm/salesforce", consumer: "account:2", status: 404},
		{path: "/crm", consumer: "account:1", status: 404},
		{path: "/crm/salesforce", consumer: "", status: 400},
	} {
		w := request(t, vault, "GET", "/vault/connections"+c.path, "", "x-apideck-consumer-id", c.consumer)
		var got struct{ Data json.RawMessage }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		equal(t, c.path, w.Code, c.status)
		equal(t, c.path, string(got.Data), c.data)
	}
}

func TestPage_ReturnsToTheApplicationOnceCallable(t *testing.T) {
	const app = "https://a.test/"
	const same = "?integration=crm/salesforce"
	for _, c := range []struct {
		back string
		auto bool
		want string // where "Save settings" leads, behind the path of the page
	}{
		{back: app, want: same},
		{auto: true, want: same},
		{back: app, auto: true, want: app + "?authorizedConnection=salesforce"},
		{back: app + "?x=%20#end", auto: true, want: app + "?x=%20&authorizedConnection=salesforce#end"},
		{back: "myapp://done", auto: true, want: "myapp://done?authorizedConnection=salesforce"},
	} {
		session := facade.Session{RedirectURI: c.back, Settings: facade.Settings{AutoRedirect: &c.auto}}
		v := newVisitor(t, newServer(t), session)
		saved := v.press("crm/salesforce", "add", "authorize", "configure")
		equal(t, c.back, strings.TrimPrefix(saved.Header().Get("Location"), v.path), c.want)

		page := v.get(same)
		equal(t, "the next session shows a notice", find(page, "(data-notice)") != "", c.want == same)
		// Browsers apply form-action to the redirect too.
		policy := page.Header().Get("Content-Security-Policy")
		equal(t, policy, strings.Contains(policy, "form-action"), c.want == same)

		again := v.press("crm/salesforce", "configure")
		equal(t, "when it was callable", again.Header().Get("Location"), v.path+same)
	}
}

func TestPage_RejectsActionsThatItDoesNotOffer(t *testing.T) {
	vault := newServer(t)
	settings := facade.Settings{AllowActions: []facade.Action{facade.ActionDelete}}
	v := newVisitor(t, vault, facade.Session{Settings: settings})
	v.press("crm/salesforce", "add")
	withoutCSRF := url.Values{"action": {"delete"}}
	for name, page := range map[string]*httptest.ResponseRecorder{
		"action not allowed": v.press("crm/salesforce", "disable"),
		"its reverse":        v.press("crm/salesforce", "enable"),
		"unknown action":     v.press("crm/salesforce", "erase"),
		"no CSRF token":      v.post("?integration=crm/salesforce", withoutCSRF),
		"no integration":     v.press("", "delete"),
	} {
		equal(t, name, page.Code, http.StatusForbidden)
		equal(t, name, find(page, `(?s)<body class="alone">.*data-view="(.*?)"`), "forbidden")
	}
	equal(t, "connections", vault.Connections("account:1"),
		[]vaulttest.Connection{salesforce("added", true)})
}

func TestPage_KeepsTheSettingsUntilTheConnectionIsDeleted(t *testing.T) {
	v := newVisitor(t, newServer(t), facade.Session{})
	v.press("crm/salesforce", "add", "authorize", "configure")
	v.post("?integration=crm/salesforce", url.Values{
		"action": {"configure"},
		"csrf":   {v.csrf},
		"region": {"United States"},
		"sync":   {"Changes only"},
	})
	v.press("crm/zoho", "add", "authorize", "configure") // has its own
	for _, want := range []string{"United States Changes only", ""} {
		page := v.get("?integration=crm/salesforce")
		equal(t, "chosen", find(page, "<option selected>([^<]*)"), want)
		v.press("crm/salesforce", "delete", "add", "authorize")
	}
}

func TestPage_DeepLinkOpensOneIntegration(t *testing.T) {
	settings := facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}
	v := newVisitor(t, newServer(t), facade.Session{Settings: settings})
	token := strings.TrimPrefix(v.path, "/session/")
	for link, want := range map[string]string{ // view and marks
		"crm/salesforce?jwt=":                       "integration data-sidebar All integrations", // any service id works
		"crm/alder-crm/enable?isolation=true&jwt=":  "integration data-sidebar data-isolated",
		"crm/alder-crm/enable?isolation=false&jwt=": "integration data-sidebar All integrations",
		"accounting/xero?jwt=":                      "missing All integrations",
		"accounting/xero?isolation=true&jwt=":       "missing ",
		"nothing/xero?jwt=":                         "missing All integrations",
		"crm/%22%3E?jwt=":                           "missing All integrations",
	} {
		redirect := request(t, v.vault, "GET", "/integrations/"+link+token, "")
		query, found := strings.CutPrefix(redirect.Header().Get("Location"), v.path)
		if redirect.Code != http.StatusSeeOther || !found || strings.Contains(query, "jwt") {
			t.Fatalf("%s: %d to %s", link, redirect.Code, redirect.Header().Get("Location"))
		}
		page := v.get(query)
		equal(t, link, find(page, `data-view="(.*?)"`)+" "+find(page, marks), want)
	}
}

func TestPage_SearchesAndSortsServices(t *testing.T) {
	settings := facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "ats", "crm"}}
	v := newVisitor(t, newServer(t), facade.Session{Settings: settings})
	v.press("crm/zoho", "add")
	for query, want := range map[string]string{
		"?api=crm":           "zoho alder-crm birch-crm cedar-crm lagoon-crm", // added services come first
		"?q=zOHo":            "zoho",
		"?q=+alder+&api=crm": "alder-crm",
		"?q=alder&api=ats":   "",
		"?q=nothing":         "",
	} {
		equal(t, query, find(v.get(query), services), want)
	}
	const apis = `data-api="(.*?)"`
	equal(t, "APIs, once each", find(v.get(""), apis), "crm ats")
	equal(t, "APIs that match", find(v.get("?q=zoho"), apis), "crm")
}

func TestPage_OpensWhatTheVisitorMayLookFor(t *testing.T) {
	v := newVisitor(t, newServer(t), facade.Session{}) // of every API
	v.press("crm/zoho", "add")
	const open = `data-api="([^"]*)" open`
	page := v.get("")
	equal(t, "with an added service", find(page, open), "crm")
	equal(t, "number", find(page, `>(\S*) added<`), "1")
	equal(t, "of one API", find(v.get("?api=ats"), open), "ats")
	equal(t, "that match", find(v.get("?q=spreadsheet"), open), "spreadsheet")

	settings := facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"ats", "pos", "sms"}}
	v = newVisitor(t, v.vault, facade.Session{Settings: settings})
	equal(t, "few", find(v.get(""), open), "ats pos sms")
}
