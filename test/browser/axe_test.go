package browser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/chromedp/chromedp"
)

// axe returns the violations that axe-core finds on the page, by the given rules or
// by all if there are none. Contrast that it cannot determine is a violation.
func axe(tab *tab, rules ...string) string {
	tab.t.Helper()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	need(tab.t, err)
	if !eval[bool](tab, "'axe' in window") {
		eval[chromedp.Void](tab, string(source)+";undefined")
	}
	only, err := json.Marshal(rules)
	need(tab.t, err)
	found, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`
		axe.run({exclude: ['svg text']}, {runOnly: `+string(only)+` || undefined}).then(r => r.violations
			.concat(r.incomplete.filter(v => v.id === 'color-contrast'))
			.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary)).join('\n'))`, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatal(err)
	}
	return found
}

// check checks the page at desktop and phone width, in light and dark mode, with
// every rule of axe-core.
func (tab *tab) check(state string) {
	tab.t.Helper()
	for _, width := range []int64{1440, 390} {
		tab.viewport(width, 900)
		tab.fits(width)
		for _, scheme := range []string{"light", "dark"} {
			tab.scheme(scheme)
			if bad := axe(tab); bad != "" {
				tab.t.Errorf("%s, %d px, %s: %s", state, width, scheme, bad)
			}
		}
	}
}

func TestHostedPage_AxeFindsNoViolations(t *testing.T) {
	tab := newTab(t)
	clock := time.Now()
	vault := vaulttest.NewServer(t, vaulttest.WithClock(func() time.Time { return clock }))
	uri := hosted(t, tab, vault, full())
	tab.check("list")
	tab.screenshot("list-phone-dark")
	tab.click("[data-service]", "[data-action='add']")
	tab.check("available")
	for _, step := range []struct {
		action string
		next   string // an element that only the next page has
	}{
		{action: "add", next: "[data-action='authorize']"},
		{action: "reject", next: ".badge.bad"},
		{action: "authorize", next: "[data-part='settings']"},
		{action: "configure", next: ".badge.good"},
		{action: "disable", next: ".badge.off"},
	} {
		tab.click("[data-action='"+step.action+"']", step.next)
		tab.check("after " + step.action)
	}
	tab.click("[data-confirm='delete'] summary", "[data-action='delete']")
	tab.check("asking whether to delete")
	want := vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "alder-crm", Name: "Alder CRM", State: "callable"}
	if c := vault.Connections("account:1"); len(c) != 1 || c[0] != want {
		t.Errorf("connections %+v", c)
	}
	for state, query := range map[string]string{
		"logs": "?view=logs", "suggestions": "?view=suggestions", "a search without results": "?q=nothing",
		"missing": "?integration=vault/alder-vault",
	} {
		tab.open(uri + query)
		tab.check(state)
	}
	tab.open(uri + "?integration=crm/salesforce")
	eval[chromedp.Void](tab, "document.querySelector('[name=csrf]').value = 'another'")
	tab.click("[data-action='add']", "[data-view='forbidden']")
	tab.check("forbidden")
	clock = clock.Add(time.Hour)
	tab.open(uri)
	tab.check("expired")
	tab.open(vault.URL + "/session/unknown")
	tab.check("unknown")

	session := full()
	session.Settings.IsolationMode = new(true)
	session.Theme.PrimaryColor = "blu" // a note, which opens the table
	hosted(t, tab, vault, session)
	tab.check("isolation mode and the settings")
	hosted(t, tab, vault, facade.Session{})
	tab.check("every API, without a theme")
}

func TestWebapp_AxeFindsNoViolations(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	address := webapp(t, vault.URL)
	tab.open(address)
	tab.check("sign in")
	tab.click(customer, manage)
	tab.check("dashboard")
	vault.Enqueue(vaulttest.KeyExpired())
	tab.click(manage, "[role='alert']")
	tab.check("failure")
	for _, path := range []string{"/integrations/done", "/nothing"} {
		tab.open(address + path)
		tab.check(strings.TrimPrefix(path, "/"))
	}
}
