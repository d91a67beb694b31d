package main

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/examples/internal/program/programtest"
	"github.com/apideck-community/vault-go/facade"
)

// mockVault is the running command and a client of it.
type mockVault struct {
	*programtest.Program
	t *testing.T
}

func start(t *testing.T, args ...string) mockVault {
	t.Helper()
	p := programtest.Start(t, run, args...)
	if line := p.Line(); !strings.HasPrefix(line, "try: APIDECK_BASE_URL="+p.URL+" APIDECK_API_KEY=") {
		t.Errorf("printed %q", line)
	}
	return mockVault{p, t}
}

func (m mockVault) create(opts ...facade.Option) (*facade.CreateSessionResponse, error) {
	m.t.Helper()
	client, err := facade.New(append([]facade.Option{
		facade.WithBaseURL(m.URL), facade.WithAPIKey("right"), facade.WithAppID("app"), facade.WithConsumerID("account:1"),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		m.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	return client.Vault.Sessions.Create(m.t.Context(), facade.Session{})
}

// request sends a GET, or a POST like curl -d if data is not "".
func (m mockVault) request(path, data string) (status int, body string) {
	m.t.Helper()
	method := "GET"
	if data != "" {
		method = "POST"
	}
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.URL+path, strings.NewReader(data))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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
	logged := regexp.MustCompile(`^\d\d:\d\d:\d\d POST "/vault/sessions" 200 consumer="account:1" \d+(ms|s|µs)$`)
	if line := m.Line(); !logged.MatchString(line) {
		t.Errorf("logged %q", line)
	}
	path, ok := strings.CutPrefix(resp.Data.SessionURI, m.URL)
	if status, _ := m.request(path, ""); !ok || status != http.StatusOK {
		t.Errorf("%s: %d", resp.Data.SessionURI, status)
	}
	if line := m.Line(); !strings.Contains(line, `GET "/session/…" 200`) {
		t.Errorf("logged %q", line)
	}
	if status, body := m.request("/health", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("health: %d %q", status, body)
	}
	if _, page := m.request("/", ""); !strings.Contains(page, m.URL+"/vault/sessions") {
		t.Errorf("the page is %s", page)
	}
	if status, page := m.request("/", "sample"); status != http.StatusOK || !strings.Contains(page, "Sample account") {
		t.Errorf("the sample is %d %s", status, page)
	}
	if err := m.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestRun_AcceptsOnlyTheKeyAndAppOfItsFlags(t *testing.T) {
	t.Parallel()
	m := start(t, "-api-key", "right", "-app-id", "app")
	if _, err := m.create(); err != nil {
		t.Error(err)
	}
	for name, opt := range map[string]facade.Option{"key": facade.WithAPIKey("wrong"), "app": facade.WithAppID("wrong")} {
		if _, err := m.create(opt); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestRun_FailFlagFailsCalls(t *testing.T) {
	t.Parallel()
	_, err := start(t, "-fail", "429:1").create()
	if api, ok := errors.AsType[*apierrors.APIError](err); !ok || api.StatusCode != 429 || api.RetryAfter != time.Second {
		t.Errorf("got %v", err)
	}
	m := start(t, "-fail", "drop:1")
	if _, err := m.create(); err == nil {
		t.Error("no error")
	}
	if line := m.Line(); !strings.Contains(line, `"/vault/sessions" cut consumer=`) {
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
	if !ok {
		t.Errorf("session URI %s", resp.Data.SessionURI)
	}
	if status, _ := start(t, args...).request(path, ""); status != http.StatusOK {
		t.Errorf("after a restart: %d", status)
	}
	if status, _ := start(t).request(path, ""); status != http.StatusNotFound {
		t.Errorf("with another key: %d", status)
	}
}

func TestAdmin_ScriptsRepliesAndShowsRequests(t *testing.T) {
	t.Parallel()
	m := start(t)
	status, body := m.request("/__admin/replies", `[
		{"status": 402},
		{"status": 503, "header": {"Retry-After": ["7"]}, "body": "{\"message\":\"Closed\"}", "delay": "1ms"},
		{"drop": true},
		{}
	]`)
	if status != http.StatusNoContent {
		t.Fatalf("%d %s", status, body)
	}
	if _, err := m.create(); err == nil || !strings.Contains(err.Error(), "RequestLimitError") {
		t.Errorf("402: %v", err)
	}
	_, err := m.create()
	api, ok := errors.AsType[*apierrors.APIError](err)
	if !ok || api.RetryAfter != 7*time.Second || api.Message != "Closed" {
		t.Errorf("503: %v", err)
	}
	if _, err := m.create(); err == nil || errors.As(err, new(*apierrors.APIError)) {
		t.Errorf("drop: %v", err)
	}
	resp, err := m.create()
	if err != nil {
		t.Fatal(err)
	}
	var requests []struct {
		Path, Body string
		Header     http.Header
	}
	_, body = m.request("/__admin/requests", "")
	if err := json.Unmarshal([]byte(body), &requests); err != nil || len(requests) != 4 {
		t.Fatalf("%v: %s", err, body)
	}
	r := requests[0]
	if r.Path != "/vault/sessions" || r.Body != "{}" || r.Header.Get("Authorization") != "Bearer ***" {
		t.Errorf("%+v", r)
	}

	page := strings.TrimPrefix(resp.Data.SessionURI, m.URL)
	m.request("/__admin/clock", "advance=61m")
	if status, _ := m.request(page, ""); status != http.StatusGone {
		t.Errorf("the expired session responds with %d", status)
	}
	m.request("/__admin/replies", `[{"status": 500}]`)
	m.request("/__admin/reset", "now")
	if _, body := m.request("/__admin/requests", ""); body != "[]\n" {
		t.Errorf("after the reset: %s", body)
	}
	if _, err := m.create(); err != nil {
		t.Errorf("after the reset: %v", err)
	}
	if status, _ := m.request(page, ""); status != http.StatusOK {
		t.Errorf("after the reset the session responds with %d", status)
	}
}

func TestAdmin_RejectsInvalidInput(t *testing.T) {
	t.Parallel()
	m := start(t)
	for _, data := range []string{"[", `[{"status": 99}]`, `[{"stauts": 429}]`, `[{"delay": "soon"}]`} {
		if status, _ := m.request("/__admin/replies", data); status != http.StatusBadRequest {
			t.Errorf("%s: %d", data, status)
		}
	}
	if status, _ := m.request("/__admin/clock", "advance=soon"); status != http.StatusBadRequest {
		t.Errorf("the clock: %d", status)
	}
}

func TestAdmin_AllowsThisMachineOrTheToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a                *admin
		peer, host, auth string
		want             bool
	}{
		{&admin{}, "127.0.0.1:1", "localhost:4010", "", true},
		{&admin{}, "[::1]:1", "[::1]:4010", "", true},
		{&admin{}, "127.0.0.1:1", "127.0.0.1", "", true},
		{&admin{}, "172.17.0.1:1", "localhost:4010", "", false},
		{&admin{}, "127.0.0.1:1", "evil.example", "", false}, // resolves to 127.0.0.1
		{&admin{proxied: true}, "127.0.0.1:1", "127.0.0.1", "", false},
		{&admin{token: "secret"}, "127.0.0.1:1", "localhost", "", false},
		{&admin{token: "secret"}, "127.0.0.1:1", "localhost", "Bearer other", false},
		{&admin{token: "secret", proxied: true}, "172.17.0.1:1", "vault.example", "Bearer secret", true},
	} {
		r := httptest.NewRequest("GET", "/__admin/requests", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		r.Header.Set("Authorization", c.auth)
		if got := c.a.allows(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	m := start(t, "-admin-token", "secret")
	if _, page := m.request("/", ""); !strings.Contains(page, "Bearer $TOKEN") || strings.Contains(page, "secret") {
		t.Errorf("the page is %s", page)
	}
	if status, _ := m.request("/__admin/requests", ""); status != http.StatusForbidden {
		t.Errorf("without the token: %d", status)
	}
}

func TestFaults_FollowTheFractionsOfTheFlag(t *testing.T) {
	t.Parallel()
	var f faults
	if err := f.parse("429:0.1, 503:0.05,drop:0.25"); err != nil {
		t.Fatal(err)
	}
	const steps = 10_000
	count := map[int]int{}
	for i := range steps {
		if reply, ok := f.pick(float64(i) / steps); ok {
			count[reply.Status]++ // 0 is the cut connection
		}
	}
	for status, want := range map[int]float64{429: 0.1, 503: 0.05, 0: 0.25} {
		if got := float64(count[status]) / steps; math.Abs(got-want) > 0.001 {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
	for flag, want := range map[string]string{
		"429":             "a fraction from 0 to 1, such as 429:0.1",
		"429:2":           `"429:2" must be`,
		"429:NaN":         `"429:NaN" must be`,
		"200:0.1":         "the status must be 400 to 599 or drop",
		"500:0.6,503:0.6": "the fractions add up to more than 1",
	} {
		if err := new(faults).parse(flag); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", flag, err)
		}
	}
}
