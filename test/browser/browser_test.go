package browser

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// artifacts has the program under test, which make builds, and the screenshots.
const artifacts = "../../artifacts/"

// tab is the tab of a browser of its own, whose pages have axe-core. The test fails if
// another script runs in it, or if it sends a request to another host.
type tab struct {
	*testing.T
	ctx context.Context
}

func newTab(t *testing.T) *tab {
	t.Helper()
	if os.Getenv("REQUIRE_BROWSER") != "1" {
		t.Skip("run make browser")
	}
	t.Parallel()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}

	tab := &tab{T: t}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	tab.ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(tab.listen))
	t.Cleanup(cancel)
	command(tab, network.Enable, network.EnableParams{})
	command(tab, log.Enable, cdp.Empty{})
	command(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(axe)})
	return tab
}

func (tab *tab) listen(event any) {
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		tab.Errorf("a dialog opened: %s", e.Message)
	case *runtime.EventExceptionThrown:
		tab.Errorf("a script failed: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		tab.Error("a script wrote to the console")
	case *log.EventEntryAdded: // such as a violation of the page's own policy
		if e.Entry.Source != log.EntrySourceNetwork { // an error page is a failed resource
			tab.Errorf("the browser complained: %s", e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		isLocal := func(prefix string) bool { return strings.HasPrefix(e.Request.URL, prefix) }
		if !slices.ContainsFunc([]string{"http://127.0.0.1:", "data:", "about:blank"}, isLocal) {
			tab.Errorf("a request to %s", e.Request.URL)
		}
	}
}

// run performs an action and returns its result.
func run[T any](tab *tab, action chromedp.Action[T]) T {
	tab.Helper()
	result, err := chromedp.Run(tab.ctx, action)
	if err != nil {
		tab.Fatal(err)
	}
	return result
}

// command sends a command of the DevTools protocol.
func command[P, R any](tab *tab, c cdp.Command[P, R], params P) R {
	tab.Helper()
	result, err := chromedp.Call(tab.ctx, c, params)
	if err != nil {
		tab.Fatal(err)
	}
	return result
}

// eval returns the value of an expression in the page.
func eval[T any](tab *tab, expression string) T {
	tab.Helper()
	return run(tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// open navigates to a page.
func (tab *tab) open(url string) {
	tab.Helper()
	run(tab, chromedp.Navigate(url))
	run(tab, chromedp.WaitVisible(chromedp.CSS("main")))
}

// click clicks the selected element and waits for one that only the next page has.
func (tab *tab) click(selector, next string) {
	tab.Helper()
	run(tab, chromedp.Click(chromedp.CSS(selector)))
	run(tab, chromedp.WaitVisible(chromedp.CSS(next)))
}

// has fails the test unless the page shows all texts.
func (tab *tab) has(texts ...string) {
	tab.Helper()
	page := eval[string](tab, "document.body.innerText")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			tab.Errorf("the page does not show %q; it shows:\n%s", text, page)
		}
	}
}

func (tab *tab) scheme(value string) {
	tab.Helper()
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

// resize changes the size of the page, which must not scroll horizontally.
func (tab *tab) resize(width, height int64, options ...chromedp.EmulateViewportOption) {
	tab.Helper()
	run(tab, chromedp.EmulateViewport(width, height, options...))
	if wide := eval[int64](tab, "document.documentElement.scrollWidth"); wide > width {
		tab.Errorf("the page is %d px wide on a screen of %d", wide, width)
	}
}

func (tab *tab) screenshot(name string) {
	tab.Helper()
	png := run(tab, chromedp.CaptureScreenshot())
	if err := os.WriteFile(artifacts+name+".png", png, 0o644); err != nil {
		tab.Fatal(err)
	}
}

// webapp runs the program and returns its address. Without an API key it uses a
// stand-in of its own.
func webapp(t *testing.T, env ...string) (address string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), artifacts+"webapp", "-addr", "127.0.0.1:0")
	cmd.Env = slices.Concat(os.Environ(), []string{facade.EnvAPIKey + "="}, env)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })

	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "open "))
}

// hosted creates a session and opens its page.
func (tab *tab) hosted(vault *vaulttest.Server, session facade.Session) (uri string) {
	tab.Helper()
	client := vault.Client(facade.WithConsumerID("account:1"))
	defer client.CloseIdleConnections()
	resp, err := client.Vault.Sessions.Create(tab.Context(), session)
	if err != nil {
		tab.Fatal(err)
	}
	tab.open(resp.Data.SessionURI)
	return resp.Data.SessionURI
}
