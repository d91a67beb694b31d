package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// full is a session that shows everything that the page has.
func full() facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX", UserName: "Elon Musk", Email: "elon@musk.com"},
		RedirectURI:      "http://127.0.0.1:9/back",
		Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{"crm", "accounting", "file-storage"}, SandboxMode: new(true),
			ShowSuggestions: new(true), SessionLength: "30m"},
		Theme: facade.Theme{VaultName: "Intercom", PrimaryColor: "#286efa", SidepanelBackgroundColor: "#286efa", SidepanelTextColor: "#FFFFFF",
			PrivacyURL: "https://legal.example/privacy", TermsURL: "https://legal.example/terms"},
	}
}

func TestThePageFitsAPhone(t *testing.T) {
	tab := newTab(t)
	tab.phone()
	session := full()
	session.Theme.VaultName = strings.Repeat("Extraordinarily", 6)
	hosted(t, tab, session)
	tab.screenshot("phone-long-name")
	fits(t, tab)
	hosted(t, tab, full())
	tab.screenshot("phone")
	fits(t, tab)
	// Done stays in reach of a thumb.
	if bottom := eval[float64](tab, "document.querySelector('[data-done]').getBoundingClientRect().bottom"); bottom < 700 || bottom > 844 {
		t.Errorf("Done ends at %v of 844", bottom)
	}
	small := eval[string](tab, `[...document.querySelectorAll('button, .side nav a, summary, [data-done]')]
		.filter(e => e.checkVisibility() && e.closest('footer') === null && e.getBoundingClientRect().height < 44).map(e => e.innerText).join(', ')`)
	if small != "" {
		t.Errorf("too small for a finger: %s", small)
	}
	tab.scheme("dark")
	tab.screenshot("phone-dark")
	eval[chromedp.Void](tab, "window.scrollTo({top: 1e6, behavior: 'instant'})")
	tab.screenshot("phone-end")
	if covered := eval[bool](tab, `(() => { const last = document.querySelector('footer').getBoundingClientRect().bottom; return last > document.querySelector('.done').getBoundingClientRect().top })()`); covered {
		t.Error("the bar with Done covers the end of the page")
	}
}

func fits(t *testing.T, tab *tab) {
	t.Helper()
	if width := eval[float64](tab, "document.documentElement.scrollWidth"); width > 390 {
		t.Errorf("the page is %v wide on a phone of 390", width)
	}
}

func TestThePageHasADarkMode(t *testing.T) {
	tab := newTab(t)
	hosted(t, tab, full())
	tab.screenshot("light")
	light := eval[string](tab, "getComputedStyle(document.body).backgroundColor")
	tab.scheme("dark")
	tab.screenshot("dark")
	dark := eval[string](tab, "getComputedStyle(document.body).backgroundColor")
	if light != "rgb(245, 246, 248)" || dark != "rgb(15, 17, 21)" {
		t.Errorf("the page is %s and %s", light, dark)
	}
}

// contrasts returns every text whose contrast with what is behind it is below
// 4.5, with the contrast, one a line. "" when all can be read.
const contrasts = `(() => {
	const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const over = (css, below) => { // the colour that css makes on top of below
		canvas.fillStyle = below; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
		const d = canvas.getImageData(0, 0, 1, 1).data; return 'rgb(' + d[0] + ',' + d[1] + ',' + d[2] + ')';
	};
	const behind = e => e ? over(getComputedStyle(e).backgroundColor, behind(e.parentElement)) : 'white';
	const luminance = css => { const [r, g, b] = css.match(/\d+/g).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b };
	const found = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let n = 0;
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || !e.checkVisibility({visibilityProperty: true})) continue;
		n++;
		const back = behind(e), a = luminance(back), b = luminance(over(getComputedStyle(e).color, back));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + walker.currentNode.data.trim());
	}
	if (n < 20) found.push('only ' + n + ' texts');
	return found.join('\n');
})()`

func TestEveryTextCanBeReadWhateverTheTheme(t *testing.T) {
	tab := newTab(t)
	for _, c := range [][3]string{
		{"", "", ""}, {"#286efa", "#286efa", "#FFFFFF"}, {"#ffffff", "#ffffff", "#ffffff"}, {"#000000", "#000000", "#000000"},
		{"#ffff00", "#808080", "#777777"}, {"#ff0000", "", "#171a20"}, {"#7f7f7f", "#00ff00", "#ff00ff"}, {"#0f1115", "#eee", "#ddd"},
	} {
		session := full()
		session.Theme.PrimaryColor, session.Theme.SidepanelBackgroundColor, session.Theme.SidepanelTextColor = c[0], c[1], c[2]
		hosted(t, tab, session)
		for _, scheme := range []string{"light", "dark"} {
			tab.scheme(scheme)
			if bad := eval[string](tab, contrasts); bad != "" {
				t.Errorf("%v in %s:\n%s", c, scheme, bad)
				tab.screenshot(fmt.Sprintf("contrast-%s", strings.Trim(c[0]+c[1], "#")))
			}
		}
	}
}

func TestAScreenReaderFindsItsWay(t *testing.T) {
	tab := newTab(t)
	hosted(t, tab, full())
	nodes := command(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	roles := map[string][]string{}
	for _, node := range nodes {
		if node.Ignored {
			continue
		}
		role, name := text(node.Role), text(node.Name)
		roles[role] = append(roles[role], name)
		switch role {
		case "button", "link", "DisclosureTriangle", "heading", "navigation":
			if name == "" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	for role, count := range map[string]int{"main": 1, "navigation": 1, "banner": 1} {
		if len(roles[role]) != count {
			t.Errorf("%d landmarks of role %s: %v", len(roles[role]), role, roles[role])
		}
	}
	buttons := map[string]int{}
	for _, name := range roles["button"] {
		buttons[name]++
		if buttons[name] > 1 {
			t.Errorf("two buttons are called %q", name)
		}
	}
	if buttons["Delete the CRM connection"] != 1 {
		t.Errorf("buttons are called %v", roles["button"])
	}
	if n := eval[float64](tab, "document.querySelectorAll('h1').length"); n != 1 {
		t.Errorf("%v headings of level 1", n)
	}
	if lang := eval[string](tab, "document.documentElement.lang"); lang != "en" {
		t.Errorf("the language is %q", lang)
	}
}

func TestAnActionSaysThatNothingHappens(t *testing.T) {
	tab := newTab(t)
	hosted(t, tab, full())
	if eval[bool](tab, "document.querySelector('[popover]').checkVisibility()") {
		t.Error("it says so before")
	}
	tab.click("[data-api='crm'] [data-action='disconnect']", "[popover]")
	tab.has("Nothing happened")
	tab.screenshot("action")
}

func TestActionsAreHiddenWhenTheSessionAllowsNone(t *testing.T) {
	tab := newTab(t)
	session := full()
	session.Settings.AllowActions = []facade.Action{}
	session.Settings.IsolationMode = new(true)
	hosted(t, tab, session)
	if got := tab.list("data-action") + tab.list("data-entry"); got != "" {
		t.Errorf("shown: %s", got)
	}
	tab.has("Connection settings", "Intercom")
	tab.screenshot("isolation")
}

const script = `"'></style></title></bdi></pre><script>alert(1)</script><img src="https://evil.example/x" onerror="alert(2)">`

func TestAHostileNameIsText(t *testing.T) {
	tab := newTab(t)
	session := full()
	session.Theme.VaultName = script
	session.ConsumerMetadata = facade.ConsumerMetadata{AccountName: script, UserName: script, Email: script}
	hosted(t, tab, session)
	tab.has(script)
	if n := eval[float64](tab, "document.querySelectorAll('script, img, iframe, [onerror]').length"); n != 0 {
		t.Errorf("%v elements came out of a name", n)
	}
	tab.screenshot("hostile-name")
	tab.phone()
	fits(t, tab)
	tab.screenshot("hostile-name-phone")
}

func TestAHostileAddressAndColourAreLeftOut(t *testing.T) {
	tab := newTab(t)
	session := full()
	session.RedirectURI = "javascript:alert(1)"
	session.Theme.PrimaryColor = "red;} * { background: url(https://evil.example/a) !important }"
	session.Theme.SidepanelBackgroundColor = "url(https://evil.example/b)"
	session.Theme.Logo = "data:image/svg+xml,<svg onload=alert(1) xmlns='http://www.w3.org/2000/svg'/>"
	session.Theme.PrivacyURL = "javascript:alert(2)"
	session.Theme.TermsURL = " javascript:alert(3)"
	hosted(t, tab, session)
	if bad := eval[string](tab, `[...document.querySelectorAll('a')].filter(a => !['http:', 'https:'].includes(a.protocol)).map(a => a.href).join(' ')`); bad != "" {
		t.Errorf("links to %s", bad)
	}
	if n := eval[float64](tab, "document.querySelectorAll('[data-done], .legal a').length"); n != 0 {
		t.Errorf("%v links out of hostile addresses", n)
	}
	tab.has("redirect_uri is not an absolute http or https URL", "theme.primary_color is not a colour", "names nowhere to go back to")
	eval[chromedp.Void](tab, "window.scrollTo({top: 1e6, behavior: 'instant'})")
	tab.screenshot("hostile-address")
}
