package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
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
		<-m.out // what to do with it
	case err := <-ended:
		t.Fatalf("%v: %v", args, err)
	}
	return m
}

// request sends a request with the headers of the API, as curl does. Without a
// response, the status is 0.
func (m mockVault) request(method, path, data string) (status int, body string) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+path, strings.NewReader(data))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer test-key")
	req.Header.Set("X-Apideck-App-Id", "test-app")
	req.Header.Set("X-Apideck-Consumer-Id", "account:1")
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/__admin/") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}

	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// session creates a session and returns the path of its page.
func (m mockVault) session() string {
	m.t.Helper()
	status, body := m.request("POST", "/vault/sessions", "{}")
	path := regexp.MustCompile(`/session/[^"]+`).FindString(body)
	if status != http.StatusOK || path == "" {
		m.t.Fatalf("creating a session: %d %s", status, body)
	}
	return path
}

func TestRun_Flags(t *testing.T) {
	t.Parallel()
	const session, admin = "POST /vault/sessions", "GET /__admin/requests"
	for _, c := range []struct {
		flags   string
		request string
		status  int // 0: the connection is cut
		body    string
	}{
		{request: session, status: 200, body: `"session_uri":"http://127.0.0.1:`},
		{request: "GET /health", status: 200, body: "ok\n"},
		{flags: "-addr :0", request: session, status: 200, body: `"session_uri":"http://localhost:`},
		{flags: "-api-key test-key -app-id test-app", request: session, status: 200},
		{flags: "-api-key other", request: session, status: 401},
		{flags: "-app-id other", request: session, status: 401},
		{flags: "-api-key other", request: "GET /", status: 200, body: "Authorization: Bearer other"},
		{flags: "-app-id other", request: "GET /", status: 200, body: "x-apideck-app-id: other"},
		{flags: "-admin-token test-key", request: "GET /", status: 200, body: "Authorization: Bearer $TOKEN"},
		{flags: "-fail 429:1", request: session, status: 429},
		{flags: "-fail drop:1", request: session, status: 0},
		{flags: "-public-url https://a.test", request: session, status: 200, body: `:"https://a.test/session/`},
		{flags: "-public-url https://a.test", request: admin, status: 401, body: "without -public-url"},
		{flags: "-admin-token test-key", request: admin, status: 200, body: "[]\n"},
		{flags: "-admin-token other", request: admin, status: 401, body: "send Authorization: Bearer <admin"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		status, body := start(t, strings.Fields(c.flags)...).request(method, path, "{}")
		if status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s %s: %d %s", c.flags, c.request, status, body)
		}
	}
}

func TestRun_TakesTheAdminTokenOfTheEnvironment(t *testing.T) {
	t.Setenv("MOCK_VAULT_ADMIN_TOKEN", "other")
	m := start(t)
	if status, body := m.request("GET", "/__admin/requests", ""); status != http.StatusUnauthorized {
		t.Errorf("%d %s", status, body)
	}
}

func TestRun_SigningKeyKeepsSessionsAcrossARestart(t *testing.T) {
	t.Parallel()
	session := start(t, "-signing-key", "secret").session()
	if status, _ := start(t, "-signing-key", "secret").request("GET", session, ""); status != http.StatusOK {
		t.Errorf("after a restart: %d", status)
	}
}

func TestRun_HelpNamesThePathsAndFields(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	run(t.Context(), []string{"-h"}, &help)
	for word := range strings.FieldsSeq(`stand-in -addr -api-key -admin-token MOCK_VAULT_ADMIN_TOKEN
		/__admin/requests /__admin/replies /__admin/connections /__admin/clock /__admin/reset GET POST PUT DELETE
		status header body delay drop times consumer_id unified_api service_id state enabled`) {
		if !strings.Contains(help.String(), word) {
			t.Errorf("-h does not name %s:\n%s", word, &help)
		}
	}
}

func TestHome_SampleMeetsNoFault(t *testing.T) {
	t.Parallel()
	m := start(t, "-fail", "503:1")
	_, page := m.request("GET", "/", "")
	sample := regexp.MustCompile(`/session/[^"]+`).FindString(page)
	if status, _ := m.request("GET", sample, ""); status != http.StatusOK {
		t.Errorf("the sample is %d", status)
	}
	if _, requests := m.request("GET", "/__admin/requests", ""); requests != "[]\n" {
		t.Errorf("the sample is recorded: %s", requests)
	}
}

func TestRun_IsHealthyAndStops(t *testing.T) {
	t.Parallel()
	m := start(t)
	_, port, _ := strings.Cut(m.url, "127.0.0.1") // such as :4010, as in the Dockerfile
	if err := run(t.Context(), []string{"-health", "-addr", port}, io.Discard); err != nil {
		t.Errorf("-health: %v", err)
	}
	if err := m.stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestRun_ReportsErrors(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	address := strings.TrimPrefix(other.URL, "http://")
	ctx, stop := context.WithCancel(t.Context())
	stop() // run would serve until then

	for want, flags := range map[string][]string{
		"invalid value":      {"-latency", "soon"},
		"WithPublicURL":      {"-addr", "127.0.0.1:0", "-public-url", "x"},
		"another with -addr": {"-addr", address},
		"/health is 404":     {"-addr", address, "-health"},
		"dial tcp":           {"-addr", "127.0.0.1:0", "-health"},
	} {
		err := run(ctx, flags, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", flags, err, want)
		}
	}
}

func TestCall_LogsTheRequestsOfTheAPI(t *testing.T) {
	t.Parallel()
	m := start(t)
	m.request("GET", m.session(), "")
	m.request("POST", "/__admin/replies", `[{"drop": true}]`)
	m.request("POST", "/vault/sessions", "{}")
	for _, want := range []string{
		`^\d\d:\d\d:\d\d POST "/vault/sessions" 200 consumer="account:1"\n$`,
		`POST "/vault/sessions" 0 `,
	} {
		if line := <-m.out; !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("logged %q, want %s", line, want)
		}
	}
}
