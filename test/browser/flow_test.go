package browser

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/chromedp/chromedp"
)

const (
	manage   = "#manage"
	done     = "[data-done]"
	customer = "button[name='customer'][value='1001']"
	crm      = "[data-api='crm'] [data-service]"
)

// signIn opens the web app and signs in.
func signIn(tab *tab, address string) {
	tab.t.Helper()
	tab.open(address)
	tab.click(customer, manage)
}

func TestWebapp_CustomerConnectsAndDisconnectsACRM(t *testing.T) {
	tab := newTab(t)
	address := webapp(t, "") // on its own stand-in, whose connections the dashboard shows
	tab.open(address)
	tab.screenshot("1-sign-in")
	tab.click(customer, manage)
	tab.has("Good to see you, Ada Byron", "Harbour Coffee", "Nothing is connected yet")
	tab.screenshot("2-dashboard")

	tab.click(manage, crm)
	if path := eval[string](tab, "location.pathname"); !strings.HasPrefix(path, "/session/") {
		t.Errorf("the button leads to %s", path)
	}
	tab.has("Tidewater", "Ada Byron", "Harbour Coffee", "ada@harbour.example", "This session expires at")
	if apis := tab.list("data-api"); apis != "accounting crm file-storage" {
		t.Errorf("the page offers %s", apis)
	}
	for selector, want := range map[string]string{".side": "rgb(13, 59, 46)", done: "rgb(11, 110, 79)"} {
		if got := tab.color(selector, "backgroundColor"); got != want {
			t.Errorf("%s is %s, want %s", selector, got, want)
		}
	}
	if !eval[bool](tab, "document.querySelector('.logo img').naturalWidth > 0") {
		t.Error("the page does not show the logo")
	}
	tab.screenshot("3-hosted-page")

	tab.click(crm, "[data-action='add']")
	tab.screenshot("4-integration")
	tab.click("[data-action='add']", "[data-action='authorize']")
	tab.click("[data-action='authorize']", "[data-action='configure']")
	tab.click("[data-action='configure']", manage)
	if url := eval[string](tab, "location.href"); url != address+"/integrations/done?authorizedConnection=alder-crm" {
		t.Fatalf("auto_redirect returns to %s", url)
	}
	if referrer := eval[string](tab, "document.referrer"); referrer != "" {
		t.Errorf("the redirect sends a referrer: %s", referrer)
	}
	tab.has("Welcome back, Ada Byron", "Alder CRM Connected")
	tab.screenshot("5-returned")

	tab.click(manage, crm+"[data-state='callable']") // a second session of the same customer
	tab.click(crm+"[data-state='callable']", "[data-action='disconnect']")
	if got := tab.list("data-action"); got != "configure reauthorize disconnect" {
		t.Errorf("the session allows %s", got)
	}
	tab.click("[data-action='disconnect']", "[data-action='authorize']")
	tab.has("Alder CRM was disconnected")
	tab.do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("[data-action='authorize']")))
	if n := eval[int](tab, "document.querySelectorAll('[data-notice]').length"); n != 0 {
		t.Error("a reload repeats the notice")
	}
	tab.click(done, manage)
	tab.has("Alder CRM Not connected")
}

func TestWebapp_ExpiredSessionReturnsToTheApplication(t *testing.T) {
	tab := newTab(t)
	var later atomic.Int64
	address := webapp(t, vaulttest.NewServer(t, vaulttest.WithClock(func() time.Time {
		return time.Now().Add(time.Duration(later.Load()))
	})).URL)
	signIn(tab, address)
	tab.click(manage, done)
	later.Store(int64(31 * time.Minute))
	tab.do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(".alone")))
	tab.has("This session has expired", "Back to "+strings.TrimPrefix(address, "http://"))
	tab.screenshot("6-expired")
	tab.click(done, manage)
}

func TestWebapp_SaysWhetherToTryAgain(t *testing.T) {
	tab := newTab(t)
	vault := vaulttest.NewServer(t)
	signIn(tab, webapp(t, vault.URL))
	vault.Enqueue(vaulttest.ServerDown(), vaulttest.ServerDown(), vaulttest.ServerDown()) // one for each attempt
	tab.click(manage, "[role='alert']")
	tab.has("Your integrations are busy right now", "Please try again in a moment", "req_3")
	tab.screenshot("7-api-down")
	tab.click("form[action='/integrations'] button", done)
	tab.click(done, manage)
	vault.Enqueue(vaulttest.KeyExpired())
	tab.click(manage, "[role='alert']")
	tab.has("tell your administrator", "req_5")
}
