package vaulttest_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func salesforce(state vaulttest.State, enabled bool) vaulttest.Connection {
	return vaulttest.Connection{
		UnifiedAPI: facade.UnifiedAPICRM, ServiceID: "salesforce", Name: "Salesforce", State: state, Enabled: enabled,
	}
}

func TestServerConnections_FollowTheConsumersActions(t *testing.T) {
	t.Parallel()
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
		{action: "deny", state: "invalid", enabled: true, notice: "Access to Salesforce was denied."},
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
		resp := v.press("crm/salesforce", step.action)
		if resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", step.action, resp.Status)
		}
		var want []vaulttest.Connection
		if step.state != "" {
			want = append(want, salesforce(step.state, step.enabled))
		}
		if got := vault.Connections("account:1"); !slices.Equal(got, want) {
			t.Errorf("after %s: %+v, want %+v", step.action, got, want)
		}
		for _, want := range []string{step.notice, ""} { // Back and reload do not repeat it
			_, page := v.get("?integration=crm/salesforce")
			if got := between(page, " data-notice>", "</p>"); got != want {
				t.Errorf("after %s: notice %q, want %q", step.action, got, want)
			}
		}
	}
	if got := vault.Connections("account:2"); got != nil {
		t.Errorf("another consumer has %+v", got)
	}
}

func TestServerSetConnections_IsWhereThePageStarts(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	vault.SetConnections("account:1", salesforce("added", true))
	vault.SetConnections("account:1",
		vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "alder-crm", State: "callable"},
		salesforce("callable", false),
		vaulttest.Connection{UnifiedAPI: "ats", ServiceID: "élan_ats", State: "added"},
		vaulttest.Connection{UnifiedAPI: "ats", ServiceID: "gone", State: "available"},
		vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "salesforce", State: "invalid", Enabled: true}, // the last one counts
	)
	want := []vaulttest.Connection{
		{UnifiedAPI: "crm", ServiceID: "alder-crm", Name: "Alder CRM", State: "callable"},
		salesforce("invalid", true),
		{UnifiedAPI: "ats", ServiceID: "élan_ats", Name: "Élan Ats", State: "added"},
	}
	if got := vault.Connections("account:1"); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	v := newVisitor(t, vault, facade.Session{})
	if _, page := v.get("?api=crm"); !strings.HasPrefix(values(page, "data-state"), "invalid callable available") {
		t.Errorf("the page shows %s", values(page, "data-state"))
	}
	if _, page := v.get("?integration=crm/salesforce"); values(page, "data-action") !=
		"authorize deny reject disable disconnect delete" {
		t.Errorf("the page of an invalid connection offers %s", values(page, "data-action"))
	}
}

func TestServer_ServesTheConnectionsOfTheAPI(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	vault.SetConnections("account:1", salesforce("invalid", true),
		vaulttest.Connection{UnifiedAPI: "ats", ServiceID: "lever", State: "callable"})
	const (
		crm = `{"id":"crm+salesforce","unified_api":"crm","service_id":"salesforce","name":"Salesforce","state":"invalid","enabled":true}`
		ats = `{"id":"ats+lever","unified_api":"ats","service_id":"lever","name":"Lever","state":"callable","enabled":false}`
	)
	for _, c := range []struct {
		path     string
		consumer string
		status   int
		data     string // "" for an error
	}{
		{path: "", consumer: "account:1", status: 200, data: "[" + crm + "," + ats + "]"},
		{path: "?api=ats", consumer: "account:1", status: 200, data: "[" + ats + "]"},
		{path: "?api=ats", consumer: "account:2", status: 200, data: "[]"},
		{path: "", consumer: "", status: 200, data: "[]"}, // the header is optional
		{path: "/crm/salesforce", consumer: "account:1", status: 200, data: crm},
		{path: "/crm/salesforce", consumer: "account:2", status: 404},
		{path: "/ats/salesforce", consumer: "account:1", status: 404},
		{path: "/crm", consumer: "account:1", status: 404},
		{path: "/crm/salesforce", consumer: "", status: 400},
	} {
		header := goodHeader()
		header.Set("x-apideck-consumer-id", c.consumer)
		resp, body := request(t, vault, "GET", "/vault/connections"+c.path, "", header)
		var got struct{ Data json.RawMessage }
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != c.status || string(got.Data) != c.data || resp.Header.Get("x-apideck-request-id") == "" {
			t.Errorf("%s of %q: %d %s", c.path, c.consumer, resp.StatusCode, body)
		}
	}
	if resp, _ := request(t, vault, "GET", "/vault/connections", "", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a key: %s", resp.Status)
	}
}

func TestPage_ReturnsToTheApplicationOnceCallable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		back string
		auto *bool
		more string // actions after it is callable
		want string // prefix of the last Location
	}{
		{back: "https://a.test/", want: "/session/"},
		{back: "", auto: new(true), want: "/session/"},
		{back: "https://a.test/", auto: new(true), more: "reauthorize", want: "/session/"},
		{back: "https://a.test/", auto: new(true), want: "https://a.test/?authorizedConnection=salesforce"},
		{back: "https://a.test/?x=%20#end", auto: new(true),
			want: "https://a.test/?x=%20&authorizedConnection=salesforce#end"},
		{back: "myapp://done", auto: new(true), want: "myapp://done?authorizedConnection=salesforce"},
	} {
		settings := facade.Settings{AutoRedirect: c.auto, HideResourceSettings: new(true)} // changes nothing
		v := newVisitor(t, newServer(t), facade.Session{RedirectURI: c.back, Settings: settings})
		got := ""
		for action := range strings.FieldsSeq("add authorize configure " + c.more) {
			got = v.press("crm/salesforce", action).Header.Get("Location")
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v redirects to %s", c, got)
		}
		_, next := v.get("?integration=crm/salesforce")
		if isShown := strings.Contains(next, " data-notice"); isShown != strings.HasPrefix(c.want, "/session/") {
			t.Errorf("%+v: the next session shows a notice: %v", c, isShown)
		}
		// Browsers apply form-action to the redirect too.
		resp, _ := v.get("")
		policy := resp.Header.Get("Content-Security-Policy")
		if forms := strings.Contains(policy, "form-action"); forms != (c.auto == nil || c.back == "") {
			t.Errorf("%+v: form-action in the policy: %v", c, forms)
		}
	}
}

func TestPage_RejectsActionsThatItDoesNotOffer(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	settings := facade.Settings{AllowActions: []facade.Action{facade.ActionDelete}}
	v := newVisitor(t, vault, facade.Session{Settings: settings})
	v.press("crm/salesforce", "add")
	for name, resp := range map[string]*http.Response{
		"action not allowed": v.press("crm/salesforce", "disable"),
		"its reverse":        v.press("crm/salesforce", "enable"),
		"unknown action":     v.press("crm/salesforce", "erase"),
		"no CSRF token":      v.post("?integration=crm/salesforce", "delete", ""),
		"wrong CSRF token":   v.post("?integration=crm/salesforce", "delete", strings.Repeat("a", 43)),
		"no integration":     v.press("", "delete"),
	} {
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if got := vault.Connections("account:1"); !slices.Equal(got, []vaulttest.Connection{salesforce("added", true)}) {
		t.Errorf("connections %+v", got)
	}
}

func TestPage_KeepsTheSettingsUntilTheConnectionIsDeleted(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t), facade.Session{})
	v.connect()
	v.post("?integration=crm/salesforce", "configure", v.csrf, "region", "United States", "sync", "Changes only")
	for _, want := range []string{"<option selected>United States <option selected>Changes only", ""} {
		_, page := newVisitor(t, v.vault, facade.Session{}).get("?integration=crm/salesforce")
		selected := regexp.MustCompile("<option selected>[^<]*").FindAllString(page, -1)
		if got := strings.Join(selected, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, action := range []string{"delete", "add", "authorize"} {
			v.press("crm/salesforce", action)
		}
	}
}

func TestPage_DeepLinkOpensOneIntegration(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t), facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}})
	token := strings.TrimPrefix(v.path, "/session/")
	for _, c := range []struct {
		link     string
		view     string
		isolated bool
	}{
		{link: "crm/salesforce?jwt=", view: "integration"}, // any service id works
		{link: "crm/salesforce/enable?jwt=", view: "integration"},
		{link: "crm/alder-crm?isolation=true&jwt=", view: "integration", isolated: true},
		{link: "crm/alder-crm/enable?isolation=true&jwt=", view: "integration", isolated: true},
		{link: "crm/alder-crm?isolation=false&jwt=", view: "integration"},
		{link: "accounting/xero?jwt=", view: "missing"},
		{link: "nothing/xero?jwt=", view: "missing"},
		{link: "crm/%22%3E?jwt=", view: "missing"},
		{link: "crm/a%2Fb?jwt=", view: "missing"},
	} {
		resp, _ := request(t, v.vault, "GET", "/integrations/"+c.link+token, "", nil)
		location, found := strings.CutPrefix(resp.Header.Get("Location"), v.path)
		if resp.StatusCode != http.StatusSeeOther || !found || strings.Contains(location, "jwt") {
			t.Fatalf("%s: %s to %s", c.link, resp.Status, resp.Header.Get("Location"))
		}
		_, page := v.get(location)
		if values(page, "data-view") != c.view || strings.Contains(page, " data-isolated") != c.isolated {
			t.Errorf("%+v: view %s", c, values(page, "data-view"))
		}
		if c.isolated { // also after an action
			next := v.post(location, "add", v.csrf).Header.Get("Location")
			if !strings.Contains(next, "isolation=true") {
				t.Errorf("%s: the next page is %s", c.link, next)
			}
		}
	}
}

func TestPage_SearchesAndSortsServices(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t), facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "ats", "crm"}}})
	v.press("crm/zoho", "add")
	for query, want := range map[string]string{
		"":                   "crm ats",                                       // listed once
		"?api=crm":           "zoho alder-crm birch-crm cedar-crm lagoon-crm", // added services come first
		"?q=zOHo":            "zoho",
		"?q=+alder+&api=crm": "alder-crm",
		"?q=alder&api=ats":   "",
		"?q=nothing":         "",
	} {
		attribute := "data-service"
		if query == "" {
			attribute = "data-api"
		}
		if _, page := v.get(query); values(page, attribute) != want {
			t.Errorf("%s finds %q, want %q", query, values(page, attribute), want)
		}
	}
}
