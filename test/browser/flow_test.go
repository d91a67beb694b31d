package browser

import (
	"fmt"
	"testing"
)

const (
	customer = "button[name='customer'][value='1001']"
	manage   = "#manage"
	crm      = "[data-api='crm'] [data-service]"
)

// color returns the background color of an element as sRGB.
func (tab *tab) color(selector string) string {
	tab.Helper()
	return eval[string](tab, fmt.Sprintf(`(() => {
		const canvas = document.createElement('canvas').getContext('2d');
		canvas.fillStyle = getComputedStyle(document.querySelector(%q)).backgroundColor;
		canvas.fillRect(0, 0, 1, 1);
		return 'rgb(' + [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).join(', ') + ')';
	})()`, selector))
}

func TestWebapp_CustomerConnectsAndDisconnectsACRM(t *testing.T) {
	tab := newTab(t)
	address := webapp(t)
	tab.open(address)
	tab.screenshot("1-sign-in")
	tab.click(customer, manage)
	tab.has("Good to see you, Ada Byron", "Harbour Coffee", "Nothing is connected yet")
	tab.screenshot("2-dashboard")

	tab.click(manage, crm)
	tab.has("Tidewater", "Ada Byron", "Harbour Coffee", "ada@harbour.example", "This session expires at")
	for selector, want := range map[string]string{".side": "rgb(13, 59, 46)", "[data-done]": "rgb(11, 110, 79)"} {
		if got := tab.color(selector); got != want {
			t.Errorf("%s is %s, want %s", selector, got, want)
		}
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
	tab.has("Welcome back, Ada Byron", "Alder CRM Connected")
	tab.check("a connection on the dashboard")
	tab.screenshot("5-returned")

	connected := crm + "[data-state='callable']"
	tab.click(manage, connected) // a second session of the same customer
	tab.click(connected, "[data-action='disconnect']")
	tab.click("[data-action='disconnect']", "[data-action='authorize']")
	tab.has("Alder CRM was disconnected")
	tab.click("[data-done]", manage)
	tab.has("Alder CRM Not connected")
}
