package browser

import (
	"fmt"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/chromedp/chromedp"
)

// fullSession returns a session that shows every part of the page.
func fullSession() facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{
			AccountName: "SpaceX",
			UserName:    "Elon Musk",
			Email:       "elon@musk.com",
		},
		RedirectURI: "http://127.0.0.1:9/back",
		Settings: facade.Settings{
			UnifiedAPIs:     []facade.UnifiedAPI{"crm", "accounting", "file-storage"},
			SandboxMode:     new(true),
			ShowSuggestions: new(true),
			SessionLength:   "30m",
		},
		Theme: facade.Theme{
			VaultName:                "Intercom",
			PrimaryColor:             "#286efa",
			SidepanelBackgroundColor: "#286efa",
			SidepanelTextColor:       "#FFFFFF",
			PrivacyURL:               "https://legal.example/privacy",
			TermsURL:                 "https://legal.example/t",
		},
	}
}

// Each tap on the middle of a button hits the button.
func TestHostedPage_BarOfAPhoneCoversNoButton(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	uri := tab.hosted(vault, fullSession())

	// Expressions for the elements that another one covers, or that are too small.
	const (
		covered = `filter(e => {
			const box = e.getBoundingClientRect();
			const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
			return e.checkVisibility() && !e.closest('.sr, .skip') && !e.contains(top);
		}).map(e => e.outerHTML).join('')`
		coveredAtFirst = `[...document.querySelectorAll('.step, [data-done]')].` + covered
		coveredInView  = `[...document.querySelectorAll('a, summary, input, select, button')].map(e => {
			e.scrollIntoView({block: 'nearest', behavior: 'instant'});
			return [e].` + covered + `;
		}).join('')`
		small = `[...document.querySelectorAll('button, select, input, nav a, summary, .row, [data-done]')]
			.filter(e => e.checkVisibility() && !e.closest('footer') && e.getBoundingClientRect().height < 44)
			.map(e => e.outerHTML).join('')`
	)
	for _, size := range [][2]int64{{360, 640}, {375, 667}, {375, 812}, {390, 844}, {412, 732}} {
		for _, state := range []vaulttest.State{"", "available", "added", "invalid", "authorized", "callable"} {
			query := ""
			if state != "" {
				query = "?integration=crm/alder-crm"
				vault.SetConnections("account:1", vaulttest.Connection{
					UnifiedAPI: "crm",
					ServiceID:  "alder-crm",
					State:      state,
					Enabled:    true,
				})
			}
			tab.resize(size[0], size[1], chromedp.EmulateMobile, chromedp.EmulatePortrait, chromedp.EmulateTouch)
			tab.open(uri + query)
			tab.screenshot(fmt.Sprintf("phone-%dx%d-%s", size[0], size[1], state))
			for _, expression := range []string{small, coveredAtFirst, coveredInView} {
				if elements := eval[string](tab, expression); elements != "" {
					t.Errorf("%d x %d, state %q: found by %s: %s", size[0], size[1], state, expression, elements)
				}
			}
		}
	}

	// 1280 px at a zoom of 400 %: Done is not a bar over the page.
	tab.resize(320, 256)
	position := eval[string](tab, "getComputedStyle(document.querySelector('.done')).position")
	if position != "static" {
		t.Errorf("Done is %s", position)
	}
}

func TestHostedPage_EveryThemeIsReadable(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	for _, theme := range []facade.Theme{
		{},
		{PrimaryColor: "#ffff00", SidepanelBackgroundColor: "hsl(160 60% 15%)", SidepanelTextColor: "#333"},
		{PrimaryColor: "lime", SidepanelBackgroundColor: "rgb(255, 255, 200)", SidepanelTextColor: "silver"},
		{PrimaryColor: "#000", SidepanelBackgroundColor: "#fff", SidepanelTextColor: "#fff"},
		{
			PrimaryColor:             "oklch(70% .3 30)",
			SidepanelBackgroundColor: "color(display-p3 0 0 .5)",
			SidepanelTextColor:       "rgba(0, 0, 0, .1)",
		},
		{PrimaryColor: "nocolor", SidepanelBackgroundColor: "currentcolor", SidepanelTextColor: "transparent"},
	} {
		session := fullSession()
		session.Theme = theme
		tab.hosted(vault, session)
		for _, scheme := range []string{"light", "dark"} {
			tab.scheme(scheme)
			tab.axe(fmt.Sprintf("%+v in %s", theme, scheme))
		}
	}
}

func TestHostedPage_EscapesAHostileSession(t *testing.T) {
	const script = `"'></style></title></bdi><script>alert(1)</script><img src="https://evil.example" onerror="alert(2)">`
	tab := newTab(t)
	tab.hosted(vaulttest.NewServer(t), facade.Session{
		ConsumerMetadata:       facade.ConsumerMetadata{AccountName: script, UserName: script, Email: script},
		CustomConsumerSettings: map[string]any{script: script},
		Theme: facade.Theme{
			VaultName:                script,
			PrimaryColor:             "red;} * { background: url(https://evil.example/a) !important }",
			SidepanelBackgroundColor: "url(https://evil.example/b)",
			SidepanelTextColor:       "attr(x)",
			Logo:                     "data:image/svg+xml,<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'/>",
			PrivacyURL:               "javascript:alert(2)",
			TermsURL:                 " javascript:alert(3)",
		},
	})
	tab.has(script, "not used: not an absolute http or https URL", "not used: not a color")
	created := "script, img, iframe, [onerror], .legal a, a:not([href^='?'], [href^='#'], [data-done])"
	if n := eval[int](tab, `document.querySelectorAll("`+created+`").length`); n != 0 {
		t.Errorf("the session created %d elements", n)
	}
	tab.screenshot("hostile")
}
