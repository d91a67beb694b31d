package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
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

// timeout bounds one test, so that a page that never loads is a failure.
const timeout = 60 * time.Second

// shared is what all tests use: one browser, and the program under test.
var shared struct {
	browser context.Context
	webapp  string
	close   []func() // in reverse order
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range slices.Backward(shared.close) {
		f()
	}
	os.Exit(code)
}

// start starts what is shared.
var start = sync.OnceValue(func() error {
	path := ""
	for _, name := range []string{"chrome", "google-chrome", "chromium-browser", "chromium"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
		}
	}
	if path == "" {
		return errNoBrowser
	}
	dir, err := os.MkdirTemp("", "vault-browser-")
	if err != nil {
		return err
	}
	shared.close = append(shared.close, func() { os.RemoveAll(dir) })

	shared.webapp = filepath.Join(dir, "webapp")
	build := exec.Command("go", "build", "-C", "../..", "-o", shared.webapp, "./examples/webapp")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the web app: %w: %s", err, out)
	}

	options := append(chromedp.DefaultExecAllocatorOptions[:], // headless, and no calls home
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // a container has no user namespaces, and often runs as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("no-proxy-server", true),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancelBrowser := chromedp.NewContext(allocator)
	shared.close = append(shared.close, cancelAllocator, cancelBrowser)
	shared.browser = browser
	return chromedp.Do(browser)
})

var errNoBrowser = errors.New("no Chromium in PATH: install Debian's chromium package, or Chrome")

// need fails the test if err is not nil, or skips it unless CI requires a browser.
func need(t *testing.T, err error) {
	t.Helper()
	isMissing := errors.Is(err, errNoBrowser) || errors.Is(err, os.ErrNotExist)
	if isMissing && os.Getenv("REQUIRE_BROWSER") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tab is a browser tab. The test fails if it records a problem or a remote host.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
	hosts    map[string]bool // that requests went to
}

func newTab(t *testing.T) *tab {
	t.Helper()
	t.Parallel()
	need(t, start())
	own, cancelTab := chromedp.NewContext(shared.browser, chromedp.WithNewBrowserContext())
	ctx, cancelTimeout := context.WithTimeout(own, timeout)
	tab := &tab{t: t, ctx: ctx, hosts: map[string]bool{}}
	t.Cleanup(func() {
		cancelTimeout()
		cancelTab()
		tab.mu.Lock()
		defer tab.mu.Unlock()
		for _, problem := range tab.problems {
			t.Error(problem)
		}
		for host := range tab.hosts {
			if host != "127.0.0.1" {
				t.Errorf("the browser was sent to %s", host)
			}
		}
	})
	if err := chromedp.Do(own); err != nil { // opens the tab, whose lifetime must not depend on the timeout
		t.Fatal(err)
	}
	if err := chromedp.Listen(own, tab.listen); err != nil {
		t.Fatal(err)
	}
	command(tab, network.Enable, network.EnableParams{})
	command(tab, log.Enable, cdp.Empty{})
	tab.viewport(1280, 900)
	return tab
}

// listen records dialogs, script errors, console output, violations of the page's
// own policy, and the hosts of requests.
func (tab *tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		tab.problems = append(tab.problems, "a dialog opened: "+e.Message)
	case *runtime.EventExceptionThrown:
		tab.problems = append(tab.problems, "a script failed: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		tab.problems = append(tab.problems, "a script wrote to the console")
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork { // an error page is logged as a failed resource
			tab.problems = append(tab.problems, fmt.Sprintf("the browser complained: %s", e.Entry.Text))
		}
	case *network.EventRequestWillBeSent:
		if host, ok := strings.CutPrefix(e.Request.URL, "http://"); ok {
			tab.hosts[strings.FieldsFunc(host, func(r rune) bool { return r == ':' || r == '/' })[0]] = true
		} else if !strings.HasPrefix(e.Request.URL, "data:") && e.Request.URL != "about:blank" {
			tab.hosts[e.Request.URL] = true
		}
	}
}

func (tab *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// command sends a command of the DevTools protocol.
func command[P, R any](tab *tab, c cdp.Command[P, R], params P) R {
	tab.t.Helper()
	result, err := chromedp.Call(tab.ctx, c, params)
	if err != nil {
		tab.t.Fatal(err)
	}
	return result
}

// eval returns the value of an expression in the page.
func eval[T any](tab *tab, expression string) T {
	tab.t.Helper()
	value, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatal(err)
	}
	return value
}

// open navigates to a page.
func (tab *tab) open(url string) {
	tab.t.Helper()
	tab.do(chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("main")))
}

// click clicks the selected element and waits for one that only the next page has.
func (tab *tab) click(selector, then string) {
	tab.t.Helper()
	tab.do(chromedp.Click(chromedp.CSS(selector)), chromedp.WaitVisible(chromedp.CSS(then)))
}

// has fails the test unless the page shows all texts.
func (tab *tab) has(texts ...string) {
	tab.t.Helper()
	page := eval[string](tab, "document.body.innerText")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			tab.t.Errorf("the page does not show %q; it shows:\n%s", text, page)
		}
	}
}

// list returns the values of an attribute on visible elements.
func (tab *tab) list(attribute string) string {
	return eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll('[%[1]s]')].filter(e => e.checkVisibility())
		.map(e => e.getAttribute('%[1]s')).join(' ')`, attribute))
}

// color returns a color of an element as sRGB.
func (tab *tab) color(selector, property string) string {
	tab.t.Helper()
	return eval[string](tab, fmt.Sprintf(`(() => {
		const canvas = document.createElement('canvas').getContext('2d');
		canvas.fillStyle = getComputedStyle(document.querySelector(%q)).%s;
		canvas.fillRect(0, 0, 1, 1);
		return 'rgb(' + [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).join(', ') + ')';
	})()`, selector, property))
}

func (tab *tab) scheme(value string) {
	tab.t.Helper()
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

// fits fails the test if the page scrolls horizontally.
func (tab *tab) fits(width int64) {
	tab.t.Helper()
	if wide := eval[int64](tab, "document.documentElement.scrollWidth"); wide > width {
		tab.t.Errorf("the page is %d px wide on a screen of %d", wide, width)
	}
}

func (tab *tab) viewport(width, height int64) {
	tab.t.Helper()
	tab.do(chromedp.EmulateViewport(width, height))
}

// screenshot saves a screenshot of the page.
func (tab *tab) screenshot(name string) {
	tab.t.Helper()
	png, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Fatal(err)
	}
	dir := filepath.Join("..", "..", "artifacts")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)); err != nil {
		tab.t.Fatal(err)
	}
}

// webapp runs the program and returns its address. If baseURL is empty, the program
// starts its own stand-in.
func webapp(t *testing.T, baseURL string) (address string) {
	t.Helper()
	cmd := exec.Command(shared.webapp, "-addr", "127.0.0.1:0")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "APIDECK_") })
	if baseURL != "" {
		cmd.Env = append(cmd.Env, facade.EnvAPIKey+"=key", facade.EnvAppID+"=app", facade.EnvBaseURL+"="+baseURL)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the web app exited: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "open "))
}

// hosted creates a session and opens its page.
func hosted(t *testing.T, tab *tab, vault *vaulttest.Server, session facade.Session) (uri string) {
	t.Helper()
	client := vault.Client(facade.WithConsumerID("account:1"))
	defer client.CloseIdleConnections()
	resp, err := client.Vault.Sessions.Create(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	tab.open(resp.Data.SessionURI)
	return resp.Data.SessionURI
}
