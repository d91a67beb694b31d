package vaulttest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestServer_ConnectionsFollowTheConsumersActions(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	v := newVisitor(t, vault, facade.Session{})
	for _, step := range []struct {
		action  string
		state   vaulttest.State // "" for no connection
		enabled bool
	}{
		{"authorize", "", false}, // not before it is added
		{"add", vaulttest.StateAdded, true},
		{"configure", vaulttest.StateAdded, true},
		{"authorize", vaulttest.StateAuthorized, true},
		{"add", vaulttest.StateAuthorized, true}, // a second click
		{"configure", vaulttest.StateCallable, true},
		{"reauthorize", vaulttest.StateCallable, true},
		{"disable", vaulttest.StateCallable, false},
		{"reauthorize", vaulttest.StateCallable, false},
		{"enable", vaulttest.StateCallable, true},
		{"disconnect", vaulttest.StateAdded, true},
		{"delete", "", false},
		{"delete", "", false},
	} {
		if resp := v.press("crm/salesforce", step.action); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", step.action, resp.Status)
		}
		var want []vaulttest.Connection
		if step.state != "" {
			want = []vaulttest.Connection{{UnifiedAPI: "crm", ServiceID: "salesforce", Name: "Salesforce", State: step.state, Enabled: step.enabled}}
		}
		if got := vault.Connections("account:1"); !slices.Equal(got, want) {
			t.Errorf("after %s: %+v, want %+v", step.action, got, want)
		}
	}
	if got := vault.Connections("account:2"); got != nil {
		t.Errorf("another consumer has %+v", got)
	}
}

func TestServer_ConnectionsOutliveTheSession(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	first := newVisitor(t, vault, facade.Session{})
	for _, action := range []string{"add", "authorize", "configure"} {
		first.press("crm/salesforce", action)
	}
	second := newVisitor(t, vault, facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}})
	_, page := second.get("")
	if got := values(page, `data-service="salesforce" data-state`); got != "callable" {
		t.Errorf("the second session shows it as %q", got)
	}
}

func TestPage_ReturnsToTheApplicationOnceCallable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings facade.Settings
		last     string // the action that returns, or ""
	}{
		{facade.Settings{}, ""},
		{facade.Settings{AutoRedirect: new(true)}, "configure"},
		{facade.Settings{AutoRedirect: new(true), HideResourceSettings: new(true)}, "authorize"},
	} {
		v := newVisitor(t, vaulttest.NewServer(t, vaulttest.InProcess()), facade.Session{RedirectURI: "https://mysaas.com/done?x=1", Settings: c.settings})
		for _, action := range []string{"add", "authorize", "configure", "configure"} {
			want := v.path + "?done=" + action + "&integration=crm%2Fsalesforce"
			if action == c.last {
				want, c.last = "https://mysaas.com/done?x=1", ""
			} else if c.last == "" && c.settings.HideResourceSettings != nil {
				break // the page has no more to do
			}
			if got := v.press("crm/salesforce", action).Header.Get("Location"); got != want {
				t.Errorf("%+v: %s leads to %s, want %s", c.settings, action, got, want)
			}
		}
	}
}

func TestPage_RejectsActionsThatAreNotItsOwn(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	v := newVisitor(t, vault, facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}, AllowActions: []facade.Action{facade.ActionDelete}}})
	v.press("crm/salesforce", "add")
	for name, resp := range map[string]*http.Response{
		"an action that the session does not allow": v.press("crm/salesforce", "disable"),
		"what reverts it":   v.press("crm/salesforce", "enable"),
		"an unknown action": v.press("crm/salesforce", "erase"),
		"no token":          v.post("?integration=crm/salesforce", url.Values{"action": {"delete"}}),
		"another token":     v.post("?integration=crm/salesforce", url.Values{"action": {"delete"}, "csrf": {strings.Repeat("a", 43)}}),
		"no integration":    v.press("", "delete"),
	} {
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if c := vault.Connections("account:1"); len(c) != 1 || c[0].State != vaulttest.StateAdded || !c[0].Enabled {
		t.Errorf("connections %+v", c)
	}
}

func TestPage_OfADeepLinkOpensOneIntegration(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	v := newVisitor(t, vault, facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}})
	token := strings.TrimPrefix(v.path, "/session/")
	for path, status := range map[string]int{
		"crm/salesforce": 200, "crm/salesforce/enable": 200, "crm/fjord-crm": 200, // any service id is one
		"accounting/xero": 404, "nothing/xero": 404, "crm/%22%3E": 404, "crm/a%2Fb": 404,
	} {
		resp, _ := request(t, vault, "GET", "/integrations/"+path+"?jwt="+token, "", nil)
		location, found := strings.CutPrefix(resp.Header.Get("Location"), v.path)
		if resp.StatusCode != http.StatusSeeOther || !found {
			t.Fatalf("%s: %s to %s", path, resp.Status, resp.Header.Get("Location"))
		}
		if resp, page := v.get(location); resp.StatusCode != status || (status == 200) != (values(page, "data-view") == "integration") {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestPage_SearchesServices(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, vaulttest.NewServer(t, vaulttest.InProcess()), facade.Session{})
	v.press("crm/zoho", "add")
	for query, want := range map[string]string{
		"?api=crm":     "zoho ", // what is added comes first
		"?q=ZOHO":      "zoho",
		"?q=fjord-":    "",
		"?q=+no+such+": "",
	} {
		_, page := v.get(query)
		if got := values(page, "data-service"); got != want && (want != "zoho " || !strings.HasPrefix(got, want) || len(strings.Fields(got)) != 5) {
			t.Errorf("%s finds %q", query, got)
		}
	}
}
