package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const secretKey = "sk_never_in_a_browser"

// site is the app as one browser sees it.
type site struct {
	t      *testing.T
	url    string
	vault  *vaulttest.Server
	client *http.Client
	log    *bytes.Buffer
	seen   *bytes.Buffer // every header and body that reached the browser
}

func newSite(t *testing.T, opts ...facade.Option) *site {
	t.Helper()
	s := &site{t: t, vault: vaulttest.NewServer(t, vaulttest.WithAPIKeys(secretKey)), log: new(bytes.Buffer), seen: new(bytes.Buffer)}
	client := s.vault.Client(append([]facade.Option{facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})}, opts...)...)
	t.Cleanup(client.CloseIdleConnections)
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	server.Config.Handler = newApp(client, server.URL, slog.New(slog.NewTextHandler(s.log, nil)))
	s.url = server.URL
	s.client = s.browser()
	return s
}

// browser keeps cookies and follows no redirect.
func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
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
	resp.Header.Write(s.seen)
	s.seen.Write(body)
	return resp, string(body)
}

func (s *site) signIn(id string) {
	s.t.Helper()
	if resp, _ := s.do("POST", "/signin", url.Values{"customer": {id}}); resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("signing in: %d", resp.StatusCode)
	}
}

func TestACustomerGoesToVaultAndComesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	if _, page := s.do("GET", "/", nil); !strings.Contains(page, "Good to see you, Ada Byron") || !strings.Contains(page, "Manage integrations") {
		t.Errorf("the dashboard is %s", page)
	}
	resp, _ := s.do("POST", "/integrations", nil)
	session := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(session, s.vault.URL+"/session/") {
		t.Fatalf("%d to %q", resp.StatusCode, session)
	}
	if cache := resp.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("a redirect to a secret address has Cache-Control %q", cache)
	}
	hosted, page := s.do("GET", session, nil)
	back := s.url + "/integrations/done"
	if hosted.StatusCode != http.StatusOK || !strings.Contains(page, `href="`+back+`"`) || !strings.Contains(page, "Harbour Coffee") {
		t.Errorf("the hosted page is %d: %s", hosted.StatusCode, page)
	}
	if done, page := s.do("GET", back, nil); done.StatusCode != http.StatusOK || !strings.Contains(page, "Welcome back, Ada Byron") {
		t.Errorf("the way back is %d: %s", done.StatusCode, page)
	}
	if strings.Contains(s.log.String(), "session/") {
		t.Errorf("the log has the session's address: %s", s.log)
	}
}

func TestTheSessionIsForTheCustomerWhoIsSignedInAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"1001", "1002"} {
		s.client = s.browser()
		s.signIn(id)
		s.do("POST", "/integrations?consumer_id=account:1&customer=1", url.Values{"consumer_id": {"account:1"}, "customer": {"1"}}, "x-apideck-consumer-id", "account:1")
	}
	var got []string
	for _, r := range s.vault.Requests() {
		got = append(got, r.ConsumerID+" "+r.Session.ConsumerMetadata.AccountName)
	}
	if want := "account:1001 Harbour Coffee, account:1002 Nordlicht Studio"; strings.Join(got, ", ") != want {
		t.Errorf("sessions for %v", got)
	}
}

func TestWithoutSigningInThereIsNoSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/integrations", "/signout"} {
		if resp, _ := s.do("POST", path, nil, "Cookie", "session=guess"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
			t.Errorf("POST %s: %d to %q", path, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	if resp, _ := s.do("GET", "/integrations/done", nil); resp.Header.Get("Location") != "/" {
		t.Errorf("the way back: %d", resp.StatusCode)
	}
	s.signIn("nobody")
	if _, page := s.do("GET", "/", nil); !strings.Contains(page, "Sign in to Tidewater") {
		t.Error("an unknown customer is signed in")
	}
	s.signIn("1001")
	s.do("POST", "/signout", nil)
	s.do("POST", "/integrations", nil)
	if n := len(s.vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"},
	} {
		for _, path := range []string{"/integrations", "/signin", "/signout"} {
			if resp, _ := s.do("POST", path, nil, header...); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%v: POST %s is %d", header, path, resp.StatusCode)
			}
		}
	}
	if resp, _ := s.do("GET", "/integrations", nil); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a link creates a session: %d", resp.StatusCode)
	}
	if n := len(s.vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
	if resp, _ := s.do("POST", "/integrations", nil, "Sec-Fetch-Site", "same-origin"); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the app's own form: %d", resp.StatusCode)
	}
}

func TestTheCookieIsForTheServerAlone(t *testing.T) {
	t.Parallel()
	for public, secure := range map[string]bool{"http://app.example": false, "https://app.example": true} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/signin", strings.NewReader("customer=1001"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		newApp(nil, public, nil).ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Secure != secure || len(cookies[0].Value) < 26 {
			t.Errorf("%s: %v", public, cookies)
		}
	}
}

func TestFailuresBecomePagesForPeople(t *testing.T) {
	t.Parallel()
	const again, admin, support = "try again in a moment", "tell your administrator", "write to our support"
	for _, c := range []struct {
		name   string
		reply  vaulttest.Reply
		status int
		text   string
		number bool // the page quotes the request id
		wait   string
	}{
		{"rate limit", vaulttest.RateLimited(45 * time.Second), 503, again, true, "45"},
		{"API down", vaulttest.ServerDown(), 503, again, true, ""},
		{"bad gateway", vaulttest.Reply{Status: 502, Body: "<h1>nginx</h1>"}, 503, again, true, ""},
		{"cut connection", vaulttest.ConnectionCut(), 503, again, false, ""},
		{"expired key", vaulttest.KeyExpired(), 502, admin, true, ""},
		{"plan limit", vaulttest.PlanLimitReached(), 502, admin, true, ""},
		{"redirect refused", vaulttest.RedirectRefused(), 502, support, true, ""},
		{"not found", vaulttest.Refused(404), 502, support, true, ""},
		{"invalid state", vaulttest.Refused(422), 502, support, true, ""},
		{"a page instead of a session", vaulttest.Reply{Status: 200, Body: "<html>login</html>"}, 502, support, false, ""},
	} {
		s := newSite(t)
		s.signIn("1001")
		s.vault.Enqueue(c.reply)
		resp, page := s.do("POST", "/integrations", nil)
		if resp.StatusCode != c.status || !strings.Contains(page, c.text) || resp.Header.Get("Retry-After") != c.wait {
			t.Errorf("%s: %d, Retry-After %q: %s", c.name, resp.StatusCode, resp.Header.Get("Retry-After"), page)
		}
		if strings.Contains(page, "<code>req_1</code>") != c.number {
			t.Errorf("%s: request id shown: %v", c.name, !c.number)
		}
		if strings.Contains(page, "apideck:") || strings.Contains(page, "nginx") {
			t.Errorf("%s: the page shows the error itself", c.name)
		}
		if strings.Contains(page, "Try again</button>") != (c.text == again) {
			t.Errorf("%s: wrong about trying again", c.name)
		}
		if log := s.log.String(); !strings.Contains(log, "apideck: POST /vault/sessions") {
			t.Errorf("%s: the log has no error: %s", c.name, log)
		}
	}
}

func TestACustomerWhoLeavesIsNoFailure(t *testing.T) {
	t.Parallel()
	log := new(bytes.Buffer)
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	app := newApp(vault.Client(), "http://app.example", slog.New(slog.NewTextHandler(log, nil)))
	signIn := httptest.NewRequest("POST", "/signin", strings.NewReader("customer=1001"))
	signIn.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signedIn := httptest.NewRecorder()
	app.ServeHTTP(signedIn, signIn)

	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", "/integrations", nil)
	r.AddCookie(signedIn.Result().Cookies()[0])
	app.ServeHTTP(httptest.NewRecorder(), r)
	if log.Len() > 0 {
		t.Errorf("logged %s", log)
	}
}

func TestTheAPIKeyNeverReachesTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.do("GET", "/", nil)
	s.signIn("1001")
	s.do("GET", "/", nil)
	resp, _ := s.do("POST", "/integrations", nil)
	s.do("GET", resp.Header.Get("Location"), nil)
	s.do("GET", "/integrations/done", nil)
	for _, reply := range []vaulttest.Reply{
		vaulttest.KeyExpired(), vaulttest.ServerDown(), vaulttest.ConnectionCut(),
		{Status: 401, Header: http.Header{"X-Echo": {secretKey}}, Body: `{"message":"no key ` + secretKey + `","detail":"` + secretKey + `"}`},
	} {
		s.vault.Enqueue(reply)
		s.do("POST", "/integrations", nil)
	}
	for _, path := range []string{"/static/style.css", "/static/logo.svg", "/nothing", "/static/"} {
		s.do("GET", path, nil)
	}
	if strings.Contains(s.seen.String(), secretKey) {
		t.Error("the key reached the browser")
	}
	if s.seen.Len() < 10_000 {
		t.Errorf("only %d bytes looked at", s.seen.Len())
	}
}

func TestEveryPageHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/integrations/done", "/nothing"} {
		resp, _ := s.do("GET", path, nil)
		for key, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
			if got := resp.Header.Get(key); got != want {
				t.Errorf("%s: %s is %q", path, key, got)
			}
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
	}
}
