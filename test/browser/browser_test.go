package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// testLimit bounds one test, so that a page that never comes is a failure.
const testLimit = 60 * time.Second

func TestMain(m *testing.M) {
	code := m.Run()
	if started.cancel != nil {
		started.cancel()
	}
	os.RemoveAll(started.dir)
	os.Exit(code)
}

// started is what all tests share: one browser, and the program under test.
var started struct {
	once    sync.Once
	err     error
	dir     string
	browser context.Context
	cancel  context.CancelFunc
	webapp  string
}

var errNoBrowser = errors.New("no Chromium found: install Debian's chromium package, or Chrome, and have it in PATH")

func startBrowser() error {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return errNoBrowser
	}
	var err error
	if started.dir, err = os.MkdirTemp("", "vault-browser-"); err != nil {
		return err
	}
	started.webapp = filepath.Join(started.dir, "webapp")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", started.webapp, "./examples/webapp").CombinedOutput(); err != nil {
		return fmt.Errorf("building the web app: %w: %s", err, out)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // headless, and no calls home
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // a container has no user namespaces, and often runs as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancelBrowser := chromedp.NewContext(allocator)
	started.browser = browser
	started.cancel = func() { cancelBrowser(); cancelAllocator() }
	return chromedp.Do(browser)
}

// tab is one tab, and what it must not have seen at the end of a test.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
	hosts    map[string]bool // that requests went to
}

func newTab(t *testing.T) *tab {
	t.Helper()
	started.once.Do(func() { started.err = startBrowser() })
	if errors.Is(started.err, errNoBrowser) && os.Getenv("REQUIRE_BROWSER") == "" {
		t.Skip(started.err)
	}
	if started.err != nil {
		t.Fatal(started.err)
	}
	own, cancelTab := chromedp.NewContext(started.browser, chromedp.WithNewBrowserContext())
	ctx, cancelLimit := context.WithTimeout(own, testLimit)
	tab := &tab{t: t, ctx: ctx, hosts: map[string]bool{}}
	t.Cleanup(func() {
		cancelLimit()
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
	if err := chromedp.Do(own); err != nil { // opens the tab; the limit must not be the browser's
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

// listen notes scripts that ran, dialogs, and what the pages' own policy
// refused: there is none of it in a page that is right.
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
		if e.Entry.Source != log.EntrySourceNetwork { // an error page is a failed resource to the log
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

// command sends a command of the browser's protocol.
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

// click presses what the selector finds and waits for what only the next page
// has.
func (tab *tab) click(selector, then string) {
	tab.t.Helper()
	tab.do(chromedp.Click(chromedp.CSS(selector)), chromedp.WaitVisible(chromedp.CSS(then)))
}

// text returns the text of the whole page as a person reads it.
func (tab *tab) text() string { return eval[string](tab, "document.body.innerText") }

// has fails the test unless the page shows every one of the texts.
func (tab *tab) has(texts ...string) {
	tab.t.Helper()
	page := tab.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			tab.t.Errorf("the page does not show %q; it shows:\n%s", text, page)
		}
	}
}

// list returns the values of an attribute on what a person can see.
func (tab *tab) list(attribute string) string {
	return eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll('[%[1]s]')].filter(e => e.checkVisibility()).map(e => e.getAttribute('%[1]s')).join(' ')`, attribute))
}

func (tab *tab) scheme(value string) {
	tab.t.Helper()
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

func (tab *tab) viewport(width, height int64) {
	tab.t.Helper()
	tab.do(chromedp.EmulateViewport(width, height))
}

// phone makes the tab a phone of the commonest size.
func (tab *tab) phone() {
	tab.t.Helper()
	tab.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulatePortrait, chromedp.EmulateTouch))
}

// screenshot keeps what the page looks like now.
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

// webapp runs the program against a stand-in that the test scripts, and
// returns its address.
func webapp(t *testing.T, opts ...vaulttest.Option) (address string, vault *vaulttest.Server) {
	t.Helper()
	vault = vaulttest.NewServer(t, append(opts, vaulttest.WithAPIKeys("key"))...)
	cmd := exec.Command(started.webapp, "-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), facade.EnvAPIKey+"=key", facade.EnvAppID+"=app", facade.EnvBaseURL+"="+vault.URL)
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
			t.Errorf("the web app ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "open ")), vault
}

// hosted creates a session and opens its page.
func hosted(t *testing.T, tab *tab, session facade.Session) {
	t.Helper()
	vault := vaulttest.NewServer(t)
	client := vault.Client(facade.WithConsumerID("account:1"))
	defer client.CloseIdleConnections()
	resp, err := client.Vault.Sessions.Create(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	tab.do(chromedp.Navigate(resp.Data.SessionURI), chromedp.WaitVisible(chromedp.CSS("main")))
}
