package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// axe checks the page with every rule of axe-core. Contrast that it cannot determine
// is a violation.
func (tab *tab) axe(state string) {
	tab.Helper()
	violations := eval[string](tab, `
		axe.run({exclude: ['svg text']}).then(r => r.violations
			.concat(r.incomplete.filter(v => v.id === 'color-contrast'))
			.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary)).join('\n'))`)
	if violations != "" {
		tab.Errorf("%s: %s", state, violations)
	}
}

// check checks the page at desktop and phone width, in light and dark mode. It must
// also fit the width at which WCAG asks for reflow, 320 px.
func (tab *tab) check(state string) {
	tab.Helper()
	for _, width := range []int64{1440, 390} {
		tab.resize(width, 900)
		for _, scheme := range []string{"light", "dark"} {
			tab.scheme(scheme)
			tab.axe(state + " in " + scheme)
		}
	}
	tab.resize(320, 900)
}

func TestHostedPage_AxeFindsNoViolations(t *testing.T) {
	tab := newTab(t)
	clock := time.Now()
	vault := vaulttest.NewServer(t, vaulttest.WithClock(func() time.Time { return clock }))
	uri := tab.hosted(vault, fullSession())
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

	for _, query := range []string{"view=logs", "view=suggestions", "q=nothing", "integration=vault/alder-vault"} {
		tab.open(uri + "?" + query)
		tab.check(query)
	}
	tab.open(uri + "?integration=crm/salesforce")
	eval[string](tab, "document.querySelector('[name=csrf]').value = 'another'")
	tab.click("[data-action='add']", "[data-view='forbidden']")
	tab.check("forbidden")
	clock = clock.Add(time.Hour)
	tab.open(uri)
	tab.check("expired")
	tab.open(vault.URL + "/session/unknown")
	tab.check("unknown")

	isolated := fullSession()
	isolated.Settings.IsolationMode = new(true)
	tab.hosted(vault, isolated)
	tab.check("isolation mode")
	long := strings.Repeat("Extraordinarily", 6)
	tab.hosted(vault, facade.Session{
		RedirectURI:            "https://" + strings.Repeat("a-very-long-name.", 8) + "example.com",
		ConsumerMetadata:       facade.ConsumerMetadata{AccountName: long},
		CustomConsumerSettings: map[string]any{long: long},
		Theme: facade.Theme{
			VaultName:    long,
			PrimaryColor: "blu", // a note, which opens the table of fields
		},
	})
	tab.check("every API, long names")
}

func TestWebapp_AxeFindsNoViolations(t *testing.T) {
	tab := newTab(t)
	address := webapp(t, facade.EnvAPIKey+"=key", facade.EnvAppID+"=app", facade.EnvBaseURL+"=http://127.0.0.1:9")
	tab.open(address)
	tab.check("sign in")
	tab.click(customer, manage)
	tab.check("dashboard")
	tab.click(manage, "[role='alert']")
	tab.check("the API cannot be reached")
	for _, path := range []string{"/integrations/done", "/nothing"} {
		tab.open(address + path)
		tab.check(path)
	}
}
