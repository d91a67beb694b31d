package browser

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// full returns a session that shows every part of the page.
func full() facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX", UserName: "Elon Musk", Email: "elon@musk.com"},
		RedirectURI:      "http://127.0.0.1:9/back",
		Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "accounting", "file-storage"},
			SandboxMode: new(true), ShowSuggestions: new(true), SessionLength: "30m"},
		Theme: facade.Theme{VaultName: "Intercom", PrimaryColor: "#286efa", SidepanelBackgroundColor: "#286efa",
			SidepanelTextColor: "#FFFFFF", PrivacyURL: "https://legal.example/privacy", TermsURL: "https://legal.example/t"},
	}
}

func TestHostedPage_FitsAPhone(t *testing.T) {
	tab := newTab(t)
	tab.phone(390, 844)
	hosted(t, tab, vaulttest.NewServer(t), full())
	tab.screenshot("phone")
	small := eval[string](tab, `[...document.querySelectorAll('button, select, input, nav a, summary, .row, [data-done]')]
		.filter(e => e.checkVisibility() && !e.closest('footer') && e.getBoundingClientRect().height < 44)
		.map(e => e.outerHTML).join(', ')`)
	if small != "" {
		t.Errorf("too small for a finger: %s", small)
	}
	if height := eval[float64](tab, "document.querySelector('.side').getBoundingClientRect().height"); height > 64 {
		t.Errorf("the header is %v px high: more than one line", height)
	}
	// WCAG 2.4.11: the focused element is not behind the bar with Done.
	for range eval[int](tab, "document.querySelectorAll('a, summary, input, select, button').length") {
		tab.do(chromedp.KeyEvent("\t"))
		if hidden := eval[string](tab, covered("[document.activeElement]")); hidden != "" {
			t.Errorf("focused behind the bar: %s", hidden)
		}
	}
	eval[chromedp.Void](tab, "window.scrollTo({top: 1e6, behavior: 'instant'})")
	if gap := eval[float64](tab, "document.querySelector('.done').getBoundingClientRect().top"+
		" - document.querySelector('footer').getBoundingClientRect().bottom"); gap < 0 {
		t.Errorf("the bar covers the end of the page by %v px", -gap)
	}
}

// covered returns an expression for those of elements, an expression too, whose
// center another element covers.
func covered(elements string) string {
	return elements + `.filter(e => {
		const box = e.getBoundingClientRect();
		const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
		return e !== document.body && e.checkVisibility() && !e.closest('.sr, .skip') && !e.contains(top);
	}).map(e => e.outerHTML).join('\n')`
}

// phone emulates a phone of a size.
func (tab *tab) phone(width, height int64) {
	tab.t.Helper()
	tab.do(chromedp.EmulateViewport(width, height,
		chromedp.EmulateMobile, chromedp.EmulatePortrait, chromedp.EmulateTouch))
}

// Each tap on the middle of a button hits the button.
func TestHostedPage_BarOfAPhoneCoversNoButton(t *testing.T) {
	for _, size := range [][2]int64{{360, 640}, {375, 667}, {375, 812}, {390, 844}, {412, 732}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			tab := newTab(t)
			tab.phone(size[0], size[1])
			vault := vaulttest.NewServer(t)
			uri := hosted(t, tab, vault, full())
			for _, state := range []vaulttest.State{"", "available", "added", "invalid", "authorized", "callable"} {
				connection := vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "alder-crm", State: state, Enabled: true}
				if state != "" {
					vault.SetConnections("account:1", connection)
					tab.open(uri + "?integration=crm/alder-crm")
				}
				tab.screenshot(fmt.Sprintf("phone-%d-%s", size[0], state))
				// Without scrolling: the way to the next step, and back to the application.
				if hidden := eval[string](tab, covered("[...document.querySelectorAll('.step, [data-done]')]")); hidden != "" {
					t.Errorf("%s: covered at first: %s", state, hidden)
				}
				hidden := eval[string](tab, `[...document.querySelectorAll('button, summary, [data-done]')].map(e => {
					e.scrollIntoView({block: 'nearest', behavior: 'instant'}); return `+covered("[e]")+`}).join('')`)
				if hidden != "" {
					t.Errorf("%s: covered: %s", state, hidden)
				}
			}
		})
	}
}

func TestHostedPage_WrapsAtEveryWidth(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	session := full()
	session.RedirectURI = "https://" + strings.Repeat("a-very-long-name.", 8) + "example.com/back"
	session.Theme.VaultName = strings.Repeat("Extraordinarily", 6)
	session.ConsumerMetadata.AccountName = session.Theme.VaultName
	session.CustomConsumerSettings = map[string]any{session.Theme.VaultName: session.RedirectURI}
	uri := hosted(t, tab, vault, session)
	for _, query := range []string{"", "?integration=crm/salesforce"} {
		tab.open(uri + query)
		eval[chromedp.Void](tab, "document.querySelector('[data-settings]').open = true")
		for _, width := range []int64{1280, 900, 320} {
			tab.viewport(width, 800)
			tab.fits(width)
			if h1 := eval[float64](tab, "document.querySelector('h1').getBoundingClientRect().width"); h1 < 100 {
				t.Errorf("at %d px the heading is %v px wide", width, h1)
			}
		}
	}
	// 1280 px at a zoom of 400 %: Done is not a bar over the page.
	tab.viewport(320, 256)
	if position := eval[string](tab, "getComputedStyle(document.querySelector('.done')).position"); position != "static" {
		t.Errorf("Done is %s", position)
	}
}

func TestHostedPage_AcceptsCSSColorsAndStaysReadable(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	for _, c := range []struct {
		brand string
		side  string
		text  string
		want  string // color of the side panel; "" is the page's own
	}{
		{brand: "", side: "", text: "", want: ""},
		{brand: "#286efa", side: "rebeccapurple", text: "#FFE0B0", want: "rgb(102, 51, 153)"},
		{brand: "#ffff00", side: "hsl(160 60% 15%)", text: "#333", want: "rgb(15, 61, 46)"},
		{brand: "lime", side: "rgb(255, 255, 200)", text: "silver", want: "rgb(255, 255, 200)"},
		{brand: "#000", side: "#fff", text: "#fff", want: "rgb(255, 255, 255)"},
		{brand: "oklch(70% .3 30)", side: "color(display-p3 0 0 .5)", text: "rgba(0, 0, 0, .1)", want: "rgb(0, 0, 133)"},
		{brand: "nocolor", side: "rgb(1)", text: "transparent", want: ""},
		{brand: "var(--x)", side: "currentcolor", text: "inherit", want: ""},
		{brand: "red;}", side: "#fff;}", text: "#000", want: ""},
	} {
		session := full()
		session.Settings.UnifiedAPIs = session.Settings.UnifiedAPIs[:1]
		theme := &session.Theme
		theme.PrimaryColor, theme.SidepanelBackgroundColor, theme.SidepanelTextColor = c.brand, c.side, c.text
		hosted(t, tab, vault, session)
		for scheme, own := range map[string]string{"light": "rgb(255, 255, 255)", "dark": "rgb(23, 26, 32)"} {
			tab.scheme(scheme)
			if bad := axe(tab, "color-contrast"); bad != "" {
				t.Errorf("%+v in %s: %s", c, scheme, bad)
			}
			if got := tab.color(".side", "backgroundColor"); got != cmp.Or(c.want, own) {
				t.Errorf("%+v in %s: the side panel is %s", c, scheme, got)
			}
		}
	}
}

func TestHostedPage_ShowsInitialsForBrokenImages(t *testing.T) {
	tab := newTab(t)
	session := full()
	session.Theme.Logo, session.ConsumerMetadata.Image = "http://127.0.0.1:9/logo", "http://127.0.0.1:9/image"
	hosted(t, tab, vaulttest.NewServer(t), session)
	covered := eval[string](tab, `[...document.querySelectorAll('.side .tile')].map(e => {
		const box = e.getBoundingClientRect();
		return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).innerText }).join(' ')`)
	if covered != "I EM" {
		t.Errorf("the tiles show %q", covered)
	}
	tab.screenshot("missing-images")
}

func TestHostedPage_SupportsForcedColorsAndPrint(t *testing.T) {
	tab := newTab(t)
	hosted(t, tab, vaulttest.NewServer(t), full())
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
	})
	tab.screenshot("forced-colors")
	other := tab.color("nav a:not([aria-current])", "borderTopColor")
	if current := tab.color("[aria-current]", "borderTopColor"); current == other {
		t.Errorf("the current entry looks like the others: %s", current)
	}
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	tab.screenshot("print")
	if shown := tab.list("data-entry") + tab.list("data-done"); shown != "" {
		t.Errorf("printed: %s", shown)
	}
}

const script = `"'></style></title></bdi><script>alert(1)</script><img src="https://evil.example" onerror="alert(2)">`

func TestHostedPage_EscapesAHostileSession(t *testing.T) {
	tab := newTab(t)
	session := full()
	session.ConsumerMetadata = facade.ConsumerMetadata{AccountName: script, UserName: script, Email: script}
	session.CustomConsumerSettings = map[string]any{script: script}
	session.Theme = facade.Theme{
		VaultName:                script,
		PrimaryColor:             "red;} * { background: url(https://evil.example/a) !important }",
		SidepanelBackgroundColor: "url(https://evil.example/b)",
		SidepanelTextColor:       "attr(x)",
		Logo:                     "data:image/svg+xml,<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'/>",
		PrivacyURL:               "javascript:alert(2)",
		TermsURL:                 " javascript:alert(3)",
	}
	hosted(t, tab, vaulttest.NewServer(t), session)
	tab.has(script, "not used: not an absolute http or https URL", "not used: not a color")
	created := "script, img, iframe, [onerror], .legal a, a:not([href^='?'], [href^='#'], [data-done])"
	if n := eval[int](tab, `document.querySelectorAll("`+created+`").length`); n != 0 {
		t.Errorf("the session created %d elements", n)
	}
	tab.screenshot("hostile")
}
