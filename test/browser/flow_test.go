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
	signOut  = "form[action='/signout'] button"
	customer = "button[name='customer'][value='1001']"
)

func TestACustomerWalksFromTheDashboardToVaultAndBack(t *testing.T) {
	tab := newTab(t)
	address, vault := webapp(t)
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	tab.screenshot("1-sign-in")
	tab.click(customer, manage)
	tab.has("Good to see you, Ada Byron", "Harbour Coffee")
	tab.screenshot("2-dashboard")

	tab.click(manage, done)
	if url := eval[string](tab, "location.href"); !strings.HasPrefix(url, vault.URL+"/session/") {
		t.Errorf("the button leads to %s", url)
	}
	tab.has("Tidewater", "Ada Byron", "Harbour Coffee", "ada@harbour.example", "This session expires in 30 minutes")
	for attribute, want := range map[string]string{
		"data-api": "accounting crm file-storage", "data-entry": "integrations", "data-action": "reauthorize disconnect", // of the open one
	} {
		if got := tab.list(attribute); got != want {
			t.Errorf("%s is %q, want %q", attribute, got, want)
		}
	}
	if got := eval[string](tab, "getComputedStyle(document.querySelector('.side')).backgroundColor"); got != "rgb(13, 59, 46)" {
		t.Errorf("the side panel is %s", got)
	}
	if got := eval[string](tab, "getComputedStyle(document.querySelector('[data-done]')).backgroundColor"); got != "rgb(11, 110, 79)" {
		t.Errorf("the button is %s", got)
	}
	if !eval[bool](tab, "getComputedStyle(document.querySelector('.logo')).backgroundImage.includes('/static/logo.svg')") {
		t.Error("the page does not show the logo")
	}
	tab.screenshot("3-hosted-page")

	tab.click(done, "a[href='/']")
	tab.has("Welcome back, Ada Byron")
	if url := eval[string](tab, "location.href"); url != address+"/integrations/done" {
		t.Errorf("the way back leads to %s", url)
	}
	if referrer := eval[string](tab, "document.referrer"); referrer != "" {
		t.Errorf("the way back tells where it comes from: %s", referrer)
	}
	tab.screenshot("4-welcome-back")
	if r := vault.Requests(); len(r) != 1 || r[0].ConsumerID != "account:1001" {
		t.Errorf("%d requests, for %+v", len(r), r)
	}
}

func TestAnExpiredSessionHasAWayBack(t *testing.T) {
	tab := newTab(t)
	var later atomic.Int64
	address, _ := webapp(t, vaulttest.WithClock(func() time.Time { return time.Now().Add(time.Duration(later.Load())) }))
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	tab.click(customer, manage)
	tab.click(manage, done)
	later.Store(int64(31 * time.Minute))
	tab.do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(".alone")))
	tab.has("This session has expired", "Back to "+strings.TrimPrefix(address, "http://"))
	tab.screenshot("5-expired")
	tab.click(done, "a[href='/']")
	tab.has("Welcome back, Ada Byron")
}

func TestWhileTheAPIIsDownACustomerIsToldAndCanTryAgain(t *testing.T) {
	tab := newTab(t)
	address, vault := webapp(t)
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	tab.click(customer, manage)
	vault.Enqueue(vaulttest.ServerDown(), vaulttest.ServerDown(), vaulttest.ServerDown()) // as often as the client tries
	tab.click(manage, "[role='alert']")
	tab.has("Your integrations are busy right now", "Please try again in a moment", "req_3")
	tab.screenshot("6-api-down")
	tab.click("form[action='/integrations'] button", done)
	tab.has("Ada Byron")
}

func TestAnAdministratorIsAskedForWhenTheKeyHasExpired(t *testing.T) {
	tab := newTab(t)
	address, vault := webapp(t)
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	tab.click(customer, manage)
	vault.Enqueue(vaulttest.KeyExpired())
	tab.click(manage, "[role='alert']")
	tab.has("tell your administrator", "req_1")
	tab.screenshot("7-key-expired")
}

func TestSigningOutEndsIt(t *testing.T) {
	tab := newTab(t)
	address, vault := webapp(t)
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	tab.click(customer, manage)
	tab.click(signOut, customer)
	tab.do(chromedp.Navigate(address+"/integrations/done"), chromedp.WaitVisible(chromedp.CSS(customer)))
	if n := len(vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestTheDashboardFitsAPhoneAndCanBeReadInTheDark(t *testing.T) {
	tab := newTab(t)
	address, _ := webapp(t)
	tab.phone()
	tab.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(customer)))
	fits(t, tab)
	tab.click(customer, manage)
	fits(t, tab)
	tab.screenshot("8-dashboard-phone")
	for _, scheme := range []string{"light", "dark"} {
		tab.scheme(scheme)
		if bad := eval[string](tab, contrasts); bad != "" {
			t.Errorf("in %s:\n%s", scheme, bad)
		}
	}
	tab.screenshot("8-dashboard-phone-dark")
}
