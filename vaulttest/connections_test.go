package vaulttest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestServer_ConnectionsFollowTheConsumersActions(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{})
	for _, step := range []struct {
		action  string
		state   vaulttest.State // "" for no connection
		enabled bool
	}{
		{"authorize", "", false}, // not before it is added
		{"add", vaulttest.StateAdded, true},
		{"authorize", vaulttest.StateAuthorized, true},
		{"add", vaulttest.StateAuthorized, true}, // a second click
		{"configure", vaulttest.StateCallable, true},
		{"reauthorize", vaulttest.StateCallable, true},
		{"disable", vaulttest.StateCallable, false},
		{"enable", vaulttest.StateCallable, true},
		{"disconnect", vaulttest.StateAdded, true},
		{"delete", "", false},
	} {
		if resp := v.press("crm/salesforce", step.action); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", step.action, resp.Status)
		}
		var want []vaulttest.Connection
		if step.state != "" {
			want = []vaulttest.Connection{{"crm", "salesforce", "Salesforce", step.state, step.enabled}}
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
	vault := newServer(t)
	newVisitor(t, vault, facade.Session{}).connect()
	_, page := newVisitor(t, vault, facade.Session{}).get("?api=crm")
	if got := values(page, `data-service="salesforce" data-state`); got != "callable" {
		t.Errorf("the second session shows it as %q", got)
	}
}

func TestPage_ReturnsToTheApplicationOnceCallable(t *testing.T) {
	t.Parallel()
	const back = "https://mysaas.com/done?x=1"
	for _, c := range []struct {
		settings facade.Settings
		actions  string
		want     string // prefix of the last Location
	}{
		{facade.Settings{}, "add authorize configure", "/session/"},
		{facade.Settings{AutoRedirect: new(true)}, "add authorize configure", back},
		{facade.Settings{AutoRedirect: new(true), HideResourceSettings: new(true)}, "add authorize", back},
		{facade.Settings{AutoRedirect: new(true)}, "add authorize configure reauthorize", "/session/"},
	} {
		v := newVisitor(t, newServer(t), facade.Session{RedirectURI: back, Settings: c.settings})
		got := ""
		for action := range strings.FieldsSeq(c.actions) {
			got = v.press("crm/salesforce", action).Header.Get("Location")
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s redirects to %s", c.actions, got)
		}
		// Browsers apply form-action to the redirect too.
		resp, _ := v.get("")
		forms := strings.Contains(resp.Header.Get("Content-Security-Policy"), "form-action")
		if forms != (c.settings.AutoRedirect == nil) {
			t.Errorf("form-action in the policy: %v", forms)
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
	if c := vault.Connections("account:1"); len(c) != 1 || c[0].State != vaulttest.StateAdded || !c[0].Enabled {
		t.Errorf("connections %+v", c)
	}
}

func TestPage_DeepLinkOpensOneIntegration(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm"}}})
	token := strings.TrimPrefix(v.path, "/session/")
	for path, status := range map[string]int{
		"crm/salesforce": 200, "crm/salesforce/enable": 200, "crm/alder-crm": 200, // any service id works
		"accounting/xero": 404, "nothing/xero": 404, "crm/%22%3E": 404, "crm/a%2Fb": 404,
	} {
		resp, _ := request(t, vault, "GET", "/integrations/"+path+"?jwt="+token, "", nil)
		location, found := strings.CutPrefix(resp.Header.Get("Location"), v.path)
		if resp.StatusCode != http.StatusSeeOther || !found {
			t.Fatalf("%s: %s to %s", path, resp.Status, resp.Header.Get("Location"))
		}
		want := map[int]string{200: "integration", 404: "missing"}[status]
		if resp, page := v.get(location); resp.StatusCode != status || values(page, "data-view") != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestPage_SearchesAndSortsServices(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t), facade.Session{})
	v.press("crm/zoho", "add")
	for query, want := range map[string]string{
		"?api=crm":           "zoho alder-crm birch-crm cedar-crm lagoon-crm", // added services come first
		"?q=zOHo":            "zoho",
		"?q=+alder+&api=crm": "alder-crm",
		"?q=alder&api=ats":   "",
		"?q=nothing":         "",
	} {
		if _, page := v.get(query); values(page, "data-service") != want {
			t.Errorf("%s finds %q, want %q", query, values(page, "data-service"), want)
		}
	}
}
