package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const secretKey = "sk_never_in_a_browser"

// TestMain takes the caller's settings out of the environment.
func TestMain(m *testing.M) {
	for _, name := range []string{
		facade.EnvAPIKey,
		facade.EnvAppID,
		facade.EnvBaseURL,
		facade.EnvInsecureHTTP,
	} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// site is the app as one browser sees it.
type site struct {
	t      *testing.T
	url    string
	app    http.Handler
	vault  *vaulttest.Server
	client *http.Client
	log    bytes.Buffer
	seen   bytes.Buffer // all headers and bodies that the browser received
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, client: browser(t), vault: vaulttest.NewServer(t, vaulttest.WithAPIKeys(secretKey))}
	client := s.vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	t.Cleanup(client.CloseIdleConnections)
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	s.url = server.URL
	a := &app{vault: client, public: server.URL + "/", log: slog.New(slog.NewTextHandler(&s.log, nil))}
	s.app = a.handler()
	server.Config.Handler = s.app
	return s
}

// browser returns a client that keeps cookies and does not follow redirects.
func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func (s *site) do(method, path string, form url.Values, header ...string) (*http.Response, string) {
	s.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = s.url + path
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Header.Write(&s.seen)
	s.seen.Write(body)
	return resp, string(body)
}

func (s *site) signIn(id string) {
	s.t.Helper()
	if resp, _ := s.do("POST", "/signin", url.Values{"customer": {id}}); resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("signing in: %d", resp.StatusCode)
	}
}

func TestRun_ServesTheWholeFlowWithoutAnAccount(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	var stderr bytes.Buffer
	stopped := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0"}, stdout, &stderr)
		stdout.CloseWithError(err)
		stopped <- err
	}()
	var address string
	if _, err := fmt.Fscanf(output, "open %s\n", &address); err != nil {
		t.Fatal(err)
	}

	s := &site{t: t, url: address, client: browser(t)}
	s.signIn("1002")
	_, page := s.do("GET", "/", nil)
	if !strings.Contains(page, "Good to see you, <bdi>Emil Lund") || !strings.Contains(page, "Nothing is connected yet") ||
		strings.Contains(page, `role="status"`) {
		t.Errorf("the dashboard is %s", page)
	}
	resp, _ := s.do("POST", "/integrations", nil)
	service := resp.Header.Get("Location") + "?integration=crm/birch-crm"
	for _, action := range []string{"add", "authorize", "configure"} {
		_, page = s.do("GET", service, nil)
		if !strings.Contains(page, "Nordlicht Studio") {
			t.Fatalf("the hosted page is %s", page)
		}
		_, csrf, _ := strings.Cut(page, `name="csrf" value="`)
		csrf, _, _ = strings.Cut(csrf, `"`)
		resp, _ = s.do("POST", service, url.Values{"csrf": {csrf}, "action": {action}})
	}
	if got := resp.Header.Get("Location"); !strings.HasPrefix(got, address+"/integrations/done?") {
		t.Errorf("redirected to %q after connecting", got)
	}
	_, page = s.do("GET", "/integrations/done", nil)
	for _, want := range []string{
		`role="status"`, "Welcome back, <bdi>Emil Lund", `Birch CRM <span class="tag good">Connected`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in %s", want, page)
		}
	}
	if strings.Contains(page, "saved") {
		t.Errorf("the page says that something was saved, which a return does not show: %s", page)
	}

	s.client.CloseIdleConnections()
	stop()
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
	const want = facade.EnvAPIKey + " is not set: using the stand-in API at http://127.0.0.1:"
	if !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("printed %s", &stderr)
	}
}

func TestRun_ReportsWhatIsMissingOrTooMuch(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	ctx, stop := context.WithCancel(t.Context())
	stop() // run would serve until then

	for want, args := range map[string][]string{
		"set APIDECK_APP_ID":          {"-addr", "127.0.0.1:0"},
		`unexpected argument "extra"`: {"-addr", "127.0.0.1:0", "extra"},
	} {
		err := run(ctx, args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", args, err, want)
		}
	}
}

func TestApp_CreatesASessionForTheSignedInCustomerOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"1001", "1002"} {
		s.client = browser(t)
		s.signIn(id)
		other := url.Values{"consumer_id": {"account:1"}, "customer": {"1"}}
		s.do("POST", "/integrations?"+other.Encode(), other, "x-apideck-consumer-id", "account:1")
	}
	var got []string
	for _, r := range s.vault.Requests() {
		got = append(got, r.ConsumerID+" "+r.Session.ConsumerMetadata.AccountName)
		if to := r.Session.RedirectURI; to != s.url+"/integrations/done" {
			t.Errorf("the customer returns to %s", to)
		}
	}
	if want := "account:1001 Harbour Coffee, account:1002 Nordlicht Studio"; strings.Join(got, ", ") != want {
		t.Errorf("sessions for %v", got)
	}
}

func TestApp_CreatesNoSessionForAVisitor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/integrations", "/signout"} {
		if resp, _ := s.do("POST", path, nil, "Cookie", cookieName+"=guess"); resp.Header.Get("Location") != "/" {
			t.Errorf("POST %s: %d to %q", path, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	s.signIn("nobody")
	for _, path := range []string{"/", "/integrations/done"} {
		if _, page := s.do("GET", path, nil); !strings.Contains(page, "Sign in to Tidewater") {
			t.Errorf("%s shows %s", path, page)
		}
	}
	s.signIn("1001")
	resp, _ := s.do("GET", "/", nil)
	cookie := resp.Request.Header.Get("Cookie")
	s.do("POST", "/signout", nil)
	if resp, _ := s.do("GET", "/", nil); resp.Request.Header.Get("Cookie") != "" {
		t.Error("the browser keeps the cookie after signing out")
	}
	s.do("POST", "/integrations", nil, "Cookie", cookie)
	if n := len(s.vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestApp_RejectsFormsFromOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"},
	} {
		for _, path := range []string{"/integrations", "/signin", "/signout"} {
			resp, page := s.do("POST", path, nil, header...)
			if resp.StatusCode != http.StatusForbidden || !strings.Contains(page, "Nothing was changed") {
				t.Errorf("%v: POST %s is %d", header, path, resp.StatusCode)
			}
		}
	}
	if n := len(s.vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
	resp, _ := s.do("POST", "/integrations", nil, "Sec-Fetch-Site", "same-origin")
	if resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the app's own form: %d", resp.StatusCode)
	}
}

func TestApp_ShowsAnErrorPageForUnknownRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	for _, path := range []string{
		"/nothing",
		"/static/",      // does not list files
		"/integrations", // a link must not create a session
	} {
		resp, page := s.do("GET", path, nil)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(page, "Page not found") {
			t.Errorf("%s: %d, %s", path, resp.StatusCode, page)
		}
	}
}

func TestSecure_SetsTheHeadersOfEveryResponse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/static/style.css", "/nothing"} {
		resp, _ := s.do("GET", path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; " +
				"style-src 'self'; img-src 'self'",
			"Referrer-Policy":        "same-origin",
			"X-Content-Type-Options": "nosniff",
			"Cache-Control":          "no-store",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

func TestApp_RenderRespondsWithAWholePageOrAnError(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	a := &app{log: slog.New(slog.NewTextHandler(&logged, nil))}
	for _, c := range []struct {
		page        string
		status      int
		contentType string
		text, log   string
	}{
		{page: "signin", status: 202, contentType: "text/html; charset=utf-8", text: "</html>"},
		{
			page:        "missing",
			status:      500,
			contentType: "text/plain; charset=utf-8",
			text:        "Something went wrong.\n",
			log:         "page=missing",
		},
	} {
		logged.Reset()
		w := httptest.NewRecorder()
		a.render(w, http.StatusAccepted, c.page, page{})
		isComplete := strings.HasSuffix(w.Body.String(), c.text)
		if w.Code != c.status || !isComplete {
			t.Errorf("%s: %d %s", c.page, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != c.contentType {
			t.Errorf("%s: Content-Type %q", c.page, got)
		}
		if (logged.Len() > 0) != (c.log != "") || !strings.Contains(logged.String(), c.log) {
			t.Errorf("%s: logged %s", c.page, &logged)
		}
	}
}

func TestSignins_CookieIsHTTPOnly(t *testing.T) {
	t.Parallel()
	for public, secure := range map[string]bool{"http://app.example": false, "https://app.example": true} {
		r := httptest.NewRequest("POST", "/signin", strings.NewReader("customer=1001"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		(&app{public: public}).handler().ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: %v", public, cookies)
		}
		if c := cookies[0]; c.Name != "tidewater_signin" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Secure != secure || c.MaxAge != 8*60*60 || len(c.Value) < 26 {
			t.Errorf("%s: %v", public, c)
		}
	}
}

func TestExplain_TellsACustomerWhatToDo(t *testing.T) {
	t.Parallel()
	const again, admin, support = "try again in a moment", "tell your administrator", "contact support"
	for _, c := range []struct {
		name       string
		reply      vaulttest.Reply
		status     int
		text       string
		noID       bool // the page has no request id, because the API did not send one
		retryAfter string
	}{
		{name: "rate limit", reply: vaulttest.RateLimited(45 * time.Second), status: 503, text: again, retryAfter: "45"},
		{name: "API down", reply: vaulttest.ServerDown(), status: 503, text: again},
		{name: "gateway", reply: vaulttest.Reply{Status: 502, Body: "<h1>nginx</h1>"}, status: 503, text: again},
		{name: "cut connection", reply: vaulttest.ConnectionCut(), status: 503, text: again, noID: true},
		{name: "expired key", reply: vaulttest.KeyExpired(), status: 502, text: admin},
		{name: "plan limit", reply: vaulttest.PlanLimitReached(), status: 502, text: admin},
		{name: "redirect rejected", reply: vaulttest.RedirectRejected(), status: 502, text: support},
		{name: "not found", reply: vaulttest.ErrorResponse(404), status: 502, text: support},
		{name: "no session", reply: vaulttest.Reply{Status: 200, Body: "<html>"}, status: 502, text: support, noID: true},
	} {
		s := newSite(t)
		s.signIn("1001")
		s.vault.Enqueue(c.reply)
		resp, page := s.do("POST", "/integrations", nil)
		if resp.StatusCode != c.status || !strings.Contains(page, c.text) || resp.Header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %d, Retry-After %q: %s", c.name, resp.StatusCode, resp.Header.Get("Retry-After"), page)
		}
		title := "We could not open your integrations"
		if c.text == again {
			title = "Your integrations are busy right now"
		}
		if !strings.Contains(page, title) {
			t.Errorf("%s: the title is not %q: %s", c.name, title, page)
		}
		if strings.Contains(page, "Reference <code>req_1</code>") == c.noID {
			t.Errorf("%s: request id shown: %v", c.name, c.noID)
		}
		if strings.Contains(page, "apideck:") || strings.Contains(page, "nginx") {
			t.Errorf("%s: the page shows the error itself", c.name)
		}
		if strings.Contains(page, "Try again</button>") != (c.text == again) {
			t.Errorf("%s: Try again button shown: %v", c.name, c.text != again)
		}
		if log := s.log.String(); !strings.Contains(log, "apideck: POST /vault/sessions") {
			t.Errorf("%s: the error is not in the log: %s", c.name, log)
		}
	}
}

func TestExplain_CertificateErrorIsNotBusy(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS() // its certificate is not trusted
	defer server.Close()

	client, err := facade.New(
		facade.WithBaseURL(server.URL),
		facade.WithAPIKey("key"),
		facade.WithAppID("app"),
	)
	if err != nil {
		t.Fatal(err)
	}

	_, err = client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("account:1"))
	if f := explain(err); f.Retry || f.Status != http.StatusBadGateway {
		t.Errorf("%v: the page offers to try again, status %d", err, f.Status)
	}
}

func TestApp_DoesNotLogADisconnectedBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", s.url+"/integrations", nil)
	r.AddCookie(s.client.Jar.Cookies(r.URL)[0])
	s.app.ServeHTTP(httptest.NewRecorder(), r)
	if s.log.Len() > 0 {
		t.Errorf("logged %s", &s.log)
	}
}

func TestApp_KeepsSecretsFromBrowserAndLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.do("GET", "/", nil)
	s.signIn("1001")
	resp, _ := s.do("POST", "/integrations", nil)
	for _, reply := range []vaulttest.Reply{
		vaulttest.KeyExpired(), vaulttest.ServerDown(), vaulttest.ConnectionCut(),
		{Status: 401, Header: http.Header{"X-Echo": {secretKey}}, Body: `{"message":"no key ` + secretKey + `"}`},
	} {
		s.vault.Enqueue(reply)
		s.do("POST", "/integrations", nil)
	}
	hosted, _ := s.do("GET", resp.Header.Get("Location"), nil)
	if hosted.StatusCode != http.StatusOK || strings.Contains(s.log.String(), "session/") {
		t.Errorf("%d, or the log has the session URI: %s", hosted.StatusCode, &s.log)
	}
	for _, path := range []string{"/", "/integrations/done", "/static/style.css", "/static/logo.svg", "/nothing"} {
		s.do("GET", path, nil)
	}
	if strings.Contains(s.seen.String(), secretKey) || strings.Contains(s.log.String(), secretKey) {
		t.Error("the API key reached the browser or the log")
	}
	if s.seen.Len() < 10_000 {
		t.Errorf("only %d bytes checked", s.seen.Len())
	}
}
