package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// TestMain takes the caller's settings out of the environment.
func TestMain(m *testing.M) {
	os.Unsetenv("MOCK_VAULT_ADMIN_TOKEN")
	os.Exit(m.Run())
}

// mockVault is the running command.
type mockVault struct {
	t    *testing.T
	url  string
	out  lines
	stop func() error
}

// lines receives each line that the command prints.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func start(t *testing.T, args ...string) mockVault {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	m := mockVault{t: t, out: make(lines, 100)}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), m.out) }()
	m.stop = func() error { cancel(); return <-ended }

	select {
	case line := <-m.out:
		m.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	case err := <-ended:
		t.Fatalf("%v: %v", args, err)
	}
	if line := <-m.out; !strings.HasPrefix(line, "try: APIDECK_BASE_URL="+m.url+" APIDECK_API_KEY=") {
		t.Errorf("printed %q", line)
	}
	return m
}

// create creates a session without retries.
func (m mockVault) create(opts ...facade.Option) (*facade.CreateSessionResponse, error) {
	m.t.Helper()
	client, err := facade.New(append([]facade.Option{
		facade.WithBaseURL(m.url), facade.WithAPIKey("right"), facade.WithAppID("app"),
		facade.WithConsumerID("account:1"), facade.WithInsecureHTTP(),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		m.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	return client.Vault.Sessions.Create(m.t.Context(), facade.Session{})
}

// request sends a request as curl does, with pairs of headers.
func (m mockVault) request(method, path, data string, header ...string) (status int, body string) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+path, strings.NewReader(data))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestRun_ServesAndLogsASessionWithoutItsToken(t *testing.T) {
	t.Parallel()
	m := start(t)
	resp, err := m.create()
	if err != nil {
		t.Fatal(err)
	}
	logged := regexp.MustCompile(`^\d\d:\d\d:\d\d POST "/vault/sessions" 200 consumer="account:1" \d+(ms|s|µs)\n$`)
	if line := <-m.out; !logged.MatchString(line) {
		t.Errorf("logged %q", line)
	}
	path, ok := strings.CutPrefix(resp.Data.SessionURI, m.url)
	if status, _ := m.request("GET", path, ""); !ok || status != http.StatusOK {
		t.Errorf("%s: %d", resp.Data.SessionURI, status)
	}
	if line := <-m.out; !strings.Contains(line, `GET "/session/…" 200`) {
		t.Errorf("logged %q", line)
	}
	if err := run(t.Context(), []string{"-health", "-addr", strings.TrimPrefix(m.url, "http://")}, io.Discard); err != nil {
		t.Errorf("-health: %v", err)
	}
	if err := m.stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if err := run(t.Context(), []string{"-health", "-addr", strings.TrimPrefix(m.url, "http://")}, io.Discard); err == nil {
		t.Error("-health: no error of a server that has stopped")
	}
}

func TestRun_ReportsBadFlagsAndAnotherServer(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	address := strings.TrimPrefix(other.URL, "http://")
	ctx, stop := context.WithCancel(t.Context())
	stop() // run would serve until then

	for want, args := range map[string][]string{
		`invalid value "soon"`: {"-latency", "soon"},
		"WithPublicURL":        {"-addr", "127.0.0.1:0", "-public-url", "x"},
		"another with -addr":   {"-addr", address},
		"/health is 404":       {"-addr", address, "-health"},
	} {
		err := run(ctx, args, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", args, err, want)
		}
	}
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		":1":          "localhost:1",
		"0.0.0.0:1":   "localhost:1",
		"[::]:1":      "localhost:1",
		"127.0.0.1:1": "127.0.0.1:1",
		"a.example:1": "a.example:1",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("%s: got %s", addr, got)
		}
	}
}

func TestRun_HelpNamesThePathsAndTheFieldsOfAReply(t *testing.T) {
	t.Parallel()
	help := make(lines, 100)
	run(t.Context(), []string{"-h"}, help)
	close(help)
	var all strings.Builder
	for line := range help {
		all.WriteString(line)
	}
	for word := range strings.FieldsSeq(`-addr -api-key -admin-token MOCK_VAULT_ADMIN_TOKEN /__admin/requests /__admin/replies
		/__admin/connections /__admin/clock /__admin/reset GET POST PUT DELETE
		status header body delay drop times consumer_id unified_api service_id state enabled`) {
		if !strings.Contains(all.String(), word) {
			t.Errorf("-h does not name %s:\n%s", word, all.String())
		}
	}
}

func TestHome_CommandsWorkWithTheKeysThatAreSet(t *testing.T) {
	t.Parallel()
	m := start(t, "-api-key", "right", "-app-id", "app", "-admin-token", "secret")
	_, page := m.request("GET", "/", "")
	for _, want := range []string{m.url + "/vault/sessions", "Authorization: Bearer right", "x-apideck-app-id: app", "Bearer $TOKEN"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, "secret") {
		t.Error("the page has the admin token")
	}
	// The sample takes no scripted reply, and is not recorded.
	m.request("POST", "/__admin/replies", `[{"status": 503}]`, "Authorization", "Bearer secret")
	if status, page := m.request("POST", "/", ""); status != http.StatusOK || !strings.Contains(page, "Sample account") {
		t.Errorf("the sample is %d %s", status, page)
	}
	if _, err := m.create(); !errors.Is(err, apierrors.ErrServer) {
		t.Errorf("the scripted reply is gone: %v", err)
	}
	for name, opt := range map[string]facade.Option{"key": facade.WithAPIKey("wrong"), "app": facade.WithAppID("wrong")} {
		if _, err := m.create(opt); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestRun_FailFlagFailsOnlyRequestsForASession(t *testing.T) {
	t.Parallel()
	m := start(t, "-fail", "429:1")
	m.request("POST", "/session/x", "")
	_, err := m.create()
	if api, ok := errors.AsType[*apierrors.APIError](err); !ok || api.StatusCode != 429 || api.RetryAfter != time.Second {
		t.Errorf("got %v", err)
	}
	if _, left := m.request("GET", "/__admin/replies", ""); left != "[]\n" {
		t.Errorf("replies are queued: %s", left)
	}
	m = start(t, "-fail", "drop:1")
	if _, err := m.create(); !errors.As(err, new(*apierrors.TransportError)) {
		t.Errorf("drop: %v", err)
	}
	if line := <-m.out; !strings.Contains(line, `"/vault/sessions" cut consumer=`) {
		t.Errorf("logged %q", line)
	}
}

func TestRun_SigningKeyKeepsSessionsAcrossARestart(t *testing.T) {
	t.Parallel()
	args := []string{"-public-url", "https://vault.example.test", "-signing-key", "secret"}
	resp, err := start(t, args...).create()
	if err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(resp.Data.SessionURI, "https://vault.example.test")
	m := start(t, args...)
	if status, _ := m.request("GET", path, ""); !ok || status != http.StatusOK {
		t.Errorf("after a restart, %s: %d", resp.Data.SessionURI, status)
	}
	if status, _ := m.request("GET", "/__admin/requests", ""); status != http.StatusForbidden {
		t.Errorf("the admin API of a public server, without a token: %d", status)
	}
}

func TestAdmin_ScriptsRepliesAndShowsRequests(t *testing.T) {
	t.Parallel()
	m := start(t)
	m.request("POST", "/__admin/replies", `[
		{"status": 402, "consumer_id": "account:2"},
		{"status": 429},
		{"status": 503, "header": {"Retry-After": ["7"]}, "body": "{\"message\":\"Closed\"}", "delay": "1ms"},
		{"drop": true}
	]`)
	for i, want := range []struct {
		text  string
		after time.Duration
	}{
		{text: "TooManyRequestsError", after: time.Second},
		{text: "Closed", after: 7 * time.Second},
	} {
		_, err := m.create()
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !strings.Contains(err.Error(), want.text) || api.RetryAfter != want.after {
			t.Errorf("%d: %v, want %+v", i, err, want)
		}
	}
	_, left := m.request("GET", "/__admin/replies", "")
	if !strings.Contains(left, `"consumer_id":"account:2"`) || !strings.HasSuffix(left, `,{"drop":true,"times":1,"delay":"0s"}]`+"\n") {
		t.Errorf("left: %s", left)
	}
	m.request("DELETE", "/__admin/replies", "")
	if _, err := m.create(); err != nil {
		t.Error(err)
	}

	_, requests := m.request("GET", "/__admin/requests", "")
	for _, want := range []string{
		`"id":"req_3"`, `"time":"20`, `"method":"POST"`, `"path":"/vault/sessions"`, `"body":"{}"`,
		`"Authorization":["Bearer [API key]"]`, `"status":429`, `"status":503`, `"status":200`,
	} {
		if !strings.Contains(requests, want) {
			t.Errorf("the requests have no %s: %s", want, requests)
		}
	}
}

func TestAdmin_ClockLetsASessionExpireUntilReset(t *testing.T) {
	t.Parallel()
	m := start(t)
	resp, err := m.create()
	if err != nil {
		t.Fatal(err)
	}
	page := strings.TrimPrefix(resp.Data.SessionURI, m.url)
	_, now := m.request("POST", "/__admin/clock", "advance=61m")
	clock, err := time.Parse(time.RFC3339+"\n", now)
	if err != nil || time.Until(clock) < time.Hour {
		t.Errorf("the clock shows %q, %v", now, err)
	}
	if status, _ := m.request("GET", page, ""); status != http.StatusGone {
		t.Errorf("the expired session responds with %d", status)
	}
	m.request("POST", "/__admin/reset", "")
	if status, _ := m.request("GET", page, ""); status != http.StatusOK {
		t.Errorf("after the reset, the session responds with %d", status)
	}
	if _, body := m.request("GET", "/__admin/requests", ""); body != "[]\n" {
		t.Errorf("after the reset: %s", body)
	}
}

func TestAdmin_GetsAndSetsConnections(t *testing.T) {
	t.Parallel()
	m := start(t)
	const path = "/__admin/connections?consumer_id=account:1"
	if _, body := m.request("GET", path, ""); body != "[]\n" {
		t.Errorf("at first: %s", body)
	}
	m.request("PUT", path, `[{"unified_api": "crm", "service_id": "salesforce", "state": "invalid"},
		{"unified_api": "ats", "service_id": "lever", "name": "My Lever", "state": "callable", "enabled": false}]`)
	const want = `[{"unified_api":"crm","service_id":"salesforce","name":"Salesforce","state":"invalid","enabled":true},` +
		`{"unified_api":"ats","service_id":"lever","name":"My Lever","state":"callable","enabled":false}]` + "\n"
	if _, body := m.request("GET", path, ""); body != want {
		t.Errorf("got %s", body)
	}
}

func TestAdmin_SaysWhatIsWrongWithJSON(t *testing.T) {
	t.Parallel()
	m := start(t)
	const replies, connections = "POST /__admin/replies", "PUT /__admin/connections?consumer_id=a"
	for _, c := range []struct{ endpoint, data, want string }{
		{endpoint: replies, data: `[`, want: "the body must be a JSON array"},
		{endpoint: replies, data: `[{"status": "503"}]`, want: "element 0: status cannot be a JSON string (see mock-vault -h)"},
		// The path to a value in header is complete from Go 1.27 on.
		{endpoint: replies, data: `[{"header": {"Retry-After": "7"}}]`, want: "element 0: header"},
		{endpoint: replies, data: `[{"header": {"Retry-After": [7]}}]`, want: "element 0: header"},
		{endpoint: replies, data: `[{"header": {"Retry-After": "7"}}]`, want: " cannot be a JSON string"},
		{endpoint: replies, data: `[{}, {"status": 199}]`, want: "element 1: status must be 200 to 599"},
		{endpoint: replies, data: `[{"status": 600}]`, want: "element 0: status must be 200 to 599"},
		{endpoint: replies, data: `[{"stauts": 429}]`, want: `element 0: unknown field "stauts"`},
		{endpoint: replies, data: `[{"delay": "soon"}]`, want: `element 0: delay must be a duration, such as "1.5s"`},
		{endpoint: replies, data: `[429]`, want: "element 0: it cannot be a JSON number"},
		{endpoint: connections, data: `[{"service_id": "a"}]`, want: "element 0: unified_api and service_id are required"},
		{endpoint: connections, data: `[{"unified_api": "crm", "service_id": "a", "state": "ok"}]`,
			want: "element 0: state must be added, authorized, callable or invalid"},
		{endpoint: "PUT /__admin/connections", data: `[]`, want: "consumer_id is required"},
		{endpoint: "POST /__admin/clock", data: `advance=soon`, want: "advance must be a duration"},
		{endpoint: "PATCH /__admin/clock", want: "no such path or method"},
	} {
		method, path, _ := strings.Cut(c.endpoint, " ")
		status, body := m.request(method, path, c.data)
		if status < 400 || !strings.Contains(body, c.want) || strings.Contains(body, "vaulttest") {
			t.Errorf("%s %s: %d %s", c.endpoint, c.data, status, body)
		}
	}
	if _, left := m.request("GET", "/__admin/replies", ""); left != "[]\n" {
		t.Errorf("an invalid array was used: %s", left)
	}
}

func TestAdmin_CompletesErrorsFrom400To599(t *testing.T) {
	t.Parallel()
	m := start(t)
	for status, isError := range map[string]bool{"200": false, "399": false, "400": true, "599": true} {
		m.request("POST", "/__admin/replies", `[{"status": `+status+`}]`)
		_, queued := m.request("GET", "/__admin/replies", "")
		m.request("DELETE", "/__admin/replies", "")
		if !strings.Contains(queued, status) || strings.Contains(queued, `"body"`) != isError {
			t.Errorf("%s: %s", status, queued)
		}
	}
}

func TestAdmin_NeedsTheTokenOrThisMachine(t *testing.T) {
	t.Parallel()
	const local = "127.0.0.1:1"
	for _, c := range []struct {
		token  string // of the flag
		public bool   // -public-url is set
		peer   string
		host   string
		header string // a header and its value
		status int    // 0: allowed
	}{
		{peer: local, host: "localhost:4010"},
		{peer: local, host: "127.0.0.1"},
		{peer: "[::1]:1", host: "[::1]:4010"},
		{peer: "172.17.0.1:1", host: "localhost:4010", status: 403},
		{peer: local, host: "evil.example", status: 403}, // resolves to 127.0.0.1
		{public: true, peer: local, host: "127.0.0.1", status: 403},
		{peer: local, host: "localhost", header: "X-Forwarded-For: 10.0.0.1", status: 403},
		{peer: local, host: "localhost", header: "Forwarded: for=10.0.0.1", status: 403},
		{peer: local, host: "localhost", header: "Via: 1.1 proxy", status: 403},
		{token: "secret", peer: local, host: "localhost", status: 401},
		{token: "secret", peer: local, header: "Authorization: Bearer other", status: 401},
		{token: "secret", public: true, peer: "172.17.0.1:1", header: "Authorization: Bearer secret"},
	} {
		r := httptest.NewRequest("GET", "/__admin/requests", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		if name, value, ok := strings.Cut(c.header, ": "); ok {
			r.Header.Set(name, value)
		}
		status, reason := (&admin{token: c.token, proxied: c.public}).reject(r)
		if status != c.status || (reason == "") != (status == 0) {
			t.Errorf("%+v: %d %s", c, status, reason)
		}
	}
}

func TestRun_TakesTheAdminTokenOfTheEnvironment(t *testing.T) {
	t.Setenv("MOCK_VAULT_ADMIN_TOKEN", "secret")
	m := start(t)
	const want = "send Authorization: Bearer <admin token>\n"
	if status, body := m.request("GET", "/__admin/requests", ""); status != http.StatusUnauthorized || body != want {
		t.Errorf("without the token: %d %s", status, body)
	}
	if status, _ := m.request("GET", "/__admin/requests", "", "Authorization", "Bearer secret"); status != http.StatusOK {
		t.Errorf("with the token: %d", status)
	}
}

func TestFaults_FollowTheFractionsOfTheFlag(t *testing.T) {
	t.Parallel()
	var f faults
	if err := f.parse("429:0.1, 503:0.05,drop:0.25,400:0.1,599:0.1,500:0"); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[float64]int{
		0: 429, .09: 429, .1: 503, .11: 503, .14: 503, .41: 400, .51: 599, .61: 0, .99: 0,
	} {
		if reply := f.pick(number); reply.Status != want || reply.Drop {
			t.Errorf("%v: %+v, want %d", number, reply, want)
		}
	}
	if !f.pick(.16).Drop || !f.pick(.39).Drop {
		t.Error("drop is not picked")
	}
	for flag, want := range map[string]string{
		"429":     "a fraction from 0 to 1, such as 429:0.1",
		"429:2":   `"429:2" must be`,
		"429:NaN": `"429:NaN" must be`,
		"399:0.1": "the status must be 400 to 599 or drop",
		"600:0.1": "the status must be 400 to 599 or drop",
	} {
		if err := new(faults).parse(flag); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", flag, err)
		}
	}
}
