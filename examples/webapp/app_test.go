package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// site is the app as one browser sees it.
type site struct {
	t       *testing.T
	url     string
	browser *http.Client
	handler http.Handler
	vault   *vaulttest.Server
	log     bytes.Buffer
}

func newSite(t *testing.T) *site {
	t.Helper()
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	s := &site{t: t, url: server.URL, browser: newBrowser(t), vault: vault}
	a := &app{
		vault:   vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})),
		public:  server.URL + "/",
		log:     slog.New(slog.NewTextHandler(&s.log, nil)),
		standIn: vault,
	}
	s.handler = a.handler()
	server.Config.Handler = s.handler
	return s
}

// newBrowser returns a client that keeps cookies and does not follow redirects.
func newBrowser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func (s *site) do(method, path, form string, header http.Header) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form))
	if err != nil {
		s.t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.browser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(body)
}

func (s *site) signIn(id string) {
	s.t.Helper()
	resp, _ := s.do("POST", "/signin", "customer="+id, nil)
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("signing in: %d", resp.StatusCode)
	}
}

func TestRun_UsesTheStandInWithoutAnAccount(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "")
	ctx, stop := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	var stderr bytes.Buffer
	stopped := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0"}, stdout, &stderr)
		stdout.CloseWithError(err)
		stopped <- err
	}()
	s := &site{t: t, browser: newBrowser(t)}
	if _, err := fmt.Fscanf(output, "open %s\n", &s.url); err != nil {
		t.Fatal(err)
	}

	s.signIn("1002")
	resp, _ := s.do("POST", "/integrations", "", nil)
	s.url = resp.Header.Get("Location")
	if _, page := s.do("GET", "", "", nil); !strings.Contains(page, "Nordlicht Studio") {
		t.Errorf("the hosted page is %s", page)
	}

	s.browser.CloseIdleConnections()
	stop()
	if err := <-stopped; err != nil {
		t.Errorf("stopped with %v", err)
	}
	const want = facade.EnvAPIKey + " is not set: using the stand-in API at http://127.0.0.1:"
	if !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("printed %s", &stderr)
	}
}

func TestRun_ReportsErrors(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "")
	other := httptest.NewServer(nil)
	defer other.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop() // run would serve until then
	for want, addr := range map[string]string{
		"set APIDECK_APP_ID": "127.0.0.1:0",
		"another with -addr": strings.TrimPrefix(other.URL, "http://"),
	} {
		err := run(ctx, []string{"-addr", addr}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", addr, err, want)
		}
	}
}

func TestApp_DashboardShowsConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1002")
	resp, page := s.do("GET", "/", "", nil)
	if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for _, want := range []string{"Good to see you, <bdi>Emil Lund", "Nothing is connected yet"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in %s", want, page)
		}
	}
	if strings.Contains(page, `role="status"`) {
		t.Errorf("the customer has not returned: %s", page)
	}

	s.vault.SetConnections("account:1002", vaulttest.Connection{
		UnifiedAPI: "crm", ServiceID: "birch-crm", State: vaulttest.StateCallable, Enabled: true,
	})
	_, page = s.do("GET", "/integrations/done", "", nil)
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
}

func TestApp_CreatesASessionForTheSignedInCustomerOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	const other = "consumer_id=account:1002&customer=1002"
	s.do("POST", "/integrations?"+other, other, http.Header{"X-Apideck-Consumer-Id": {"account:1002"}})
	r := s.vault.Requests()[0]
	account, to := r.Session.ConsumerMetadata.AccountName, r.Session.RedirectURI
	if r.ConsumerID != "account:1001" || account != "Harbour Coffee" || to != s.url+"/integrations/done" {
		t.Errorf("a session for %s of %s, who returns to %s", r.ConsumerID, account, to)
	}
	if s.log.Len() > 0 {
		t.Errorf("logged %s", &s.log)
	}
}

func TestApp_CreatesNoSessionForAVisitor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	resp, _ := s.do("GET", "/", "", nil)
	signedOut := resp.Request.Header.Get("Cookie")
	s.do("POST", "/signout", "", nil)

	s.browser = newBrowser(t)
	s.signIn("nobody")
	for _, cookie := range []string{"", cookieName + "=guess", signedOut} {
		header := http.Header{"Cookie": {cookie}}
		for _, path := range []string{"/", "/integrations/done"} {
			if _, page := s.do("GET", path, "", header); !strings.Contains(page, "Sign in to Tidewater") {
				t.Errorf("%q: %s shows %s", cookie, path, page)
			}
		}
		for _, path := range []string{"/integrations", "/signout"} {
			resp, _ := s.do("POST", path, "", header)
			if to := resp.Header.Get("Location"); to != "/" {
				t.Errorf("%q: POST %s redirects to %q", cookie, path, to)
			}
		}
	}
	if n := len(s.vault.Requests()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestApp_RejectsFormsFromOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 303} {
		for _, path := range []string{"/integrations", "/signin", "/signout"} {
			resp, _ := s.do("POST", path, "", http.Header{"Sec-Fetch-Site": {site}})
			if resp.StatusCode != want {
				t.Errorf("%s: POST %s is %d", site, path, resp.StatusCode)
			}
		}
	}
}

func TestApp_Paths(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/":                {status: 200, body: "</html>"},
		"/static/logo.svg": {status: 200, body: "<svg"},
		"/static/":         {status: 404, body: "Page not found"}, // does not list files
		"/integrations":    {status: 404, body: "Page not found"}, // a link must not create a session
		"/nothing":         {status: 404, body: "Page not found"},
	} {
		resp, body := s.do("GET", path, "", nil)
		if resp.StatusCode != want.status || !strings.Contains(body, want.body) {
			t.Errorf("%s: %d, %s", path, resp.StatusCode, body)
		}
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

func TestApp_CookieIsHTTPOnly(t *testing.T) {
	t.Parallel()
	for public, secure := range map[string]bool{"http://app.example": false, "https://app.example": true} {
		r := httptest.NewRequest("POST", "/signin", strings.NewReader("customer=1001"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		(&app{public: public}).handler().ServeHTTP(w, r)
		want := "; Path=/; HttpOnly; SameSite=Lax"
		if secure {
			want = "; Path=/; HttpOnly; Secure; SameSite=Lax"
		}
		if got := w.Header().Get("Set-Cookie"); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", public, got)
		}
	}
}

func TestExplain_TellsACustomerWhatToDo(t *testing.T) {
	t.Parallel()
	const again, admin, support = "try again in a moment", "tell your administrator", "contact support"
	certificate := &apierrors.TransportError{Err: &tls.CertificateVerificationError{}}
	for _, c := range []struct {
		err    error
		status int
		title  string
		text   string
	}{
		{err: &apierrors.APIError{StatusCode: 429}, status: 503, title: "busy", text: again},
		{err: &apierrors.APIError{StatusCode: 503}, status: 503, title: "busy", text: again},
		{err: &apierrors.APIError{StatusCode: 401}, status: 502, title: "could not open", text: admin},
		{err: &apierrors.APIError{StatusCode: 402}, status: 502, title: "could not open", text: admin},
		{err: &apierrors.APIError{StatusCode: 404}, status: 502, title: "could not open", text: support},
		{err: &apierrors.InvalidResponseError{}, status: 502, title: "could not open", text: support},
		{err: certificate, status: 502, title: "could not open", text: support},
		{err: errors.New("other"), status: 502, title: "could not open", text: support},
	} {
		f := explain(c.err)
		if f.Status != c.status || !strings.Contains(f.Title, c.title) || !strings.Contains(f.Text, c.text) {
			t.Errorf("%v: %+v", c.err, f)
		}
		if f.Retry != (c.text == again) {
			t.Errorf("%v: the button Try again is shown: %v", c.err, f.Retry)
		}
	}
}

func TestApp_ShowsAFailureWithoutItsError(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	s.vault.Enqueue(vaulttest.Reply{Status: 503, Body: `{"message": "no key test-key"}`})
	resp, page := s.do("POST", "/integrations", "", nil)
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", resp.StatusCode)
	}
	for _, want := range []string{"busy right now", "Reference <code>req_1</code>", "Try again</button>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in %s", want, page)
		}
	}
	isLogged := strings.Contains(s.log.String(), "apideck: POST /vault/sessions: 503")
	if strings.Contains(page, "no key") || !isLogged || strings.Contains(s.log.String(), "test-key") {
		t.Errorf("the page is %s, the log %s", page, &s.log)
	}
}

func TestApp_DoesNotLogADisconnectedBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn("1001")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", s.url+"/integrations", nil)
	r.AddCookie(s.browser.Jar.Cookies(r.URL)[0])
	s.handler.ServeHTTP(httptest.NewRecorder(), r)
	if s.log.Len() > 0 {
		t.Errorf("logged %s", &s.log)
	}
}
