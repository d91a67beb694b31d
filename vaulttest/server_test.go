package vaulttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestNewServer_CreatesSessionsOverASocket(t *testing.T) {
	vault := vaulttest.NewServer(t)
	client := vault.Client()
	defer client.CloseIdleConnections()
	resp := create(t, client, facade.Session{})
	equal(t, "session URI", resp.Data.SessionURI, vault.URL+"/session/"+resp.Data.SessionToken)
	equal(t, "request id", resp.RequestID, "req_1")
}

func TestServerClient_IgnoresTheEnvironment(t *testing.T) {
	for _, value := range []string{"1", "not valid\n"} {
		for _, name := range []string{"API_KEY", "APP_ID", "BASE_URL", "CONSUMER_ID", "INSECURE_HTTP"} {
			t.Setenv("APIDECK_"+name, value)
		}
		vault := newServer(t)
		create(t, vault.Client(), facade.Session{})
		equal(t, value, vault.Requests()[0].AppID, "test-app")
	}
}

func TestNewServer_ReportsFailuresAtTheTestsLine(t *testing.T) {
	if os.Getenv("VAULTTEST_FAIL") != "" {
		vault := vaulttest.NewServer(t, vaulttest.InProcess()) // reported third
		twice, forever := vaulttest.ServerDown(), vaulttest.KeyExpired()
		twice.Times = 2
		forever.Times = -1
		vault.Enqueue(twice, vaulttest.ConnectionCut(), forever)
		createOnce(t, vault)
		t.Run("first", func(t *testing.T) { vaulttest.NewServer(t, vaulttest.WithPublicURL("x")) })
		vault.Client(facade.WithTimeout(-1)) // reported second
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "VAULTTEST_FAIL=1")
	out, err := cmd.CombinedOutput()
	want := regexp.MustCompile(`(?s) server_test.go:\d+: vaulttest: WithPublicURL` +
		`.* server_test.go:\d+: [^\n]*WithTimeout` +
		`.* server_test.go:\d+: [^\n]*unused scripted replies: 1 × 503, 1 × cut connection\n`)
	if err == nil || !want.Match(out) {
		t.Errorf("%v, reported\n%s", err, out)
	}
}

func TestServer_PanicsOnMisuse(t *testing.T) {
	vault, err := vaulttest.Start(vaulttest.InProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	connect := func(c vaulttest.Connection) { vault.SetConnections("account:1", c) }
	for name, misuse := range map[string]func(){
		"client options": func() { vault.Client(facade.WithTimeout(-1)) },
		"low status":     func() { vault.Enqueue(vaulttest.Reply{Status: 199}) },
		"high status":    func() { vault.Enqueue(vaulttest.Reply{Status: 1000}) },
		"no API":         func() { connect(vaulttest.Connection{ServiceID: "a", State: "added"}) },
		"no service id":  func() { connect(vaulttest.Connection{UnifiedAPI: "crm", State: "added"}) },
		"no state":       func() { connect(vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "a"}) },
	} {
		func() {
			defer func() {
				text, isText := recover().(string)
				equal(t, name+": "+text, isText, true)
			}()
			misuse()
		}()
	}
	vault.Enqueue(vaulttest.Reply{Status: 200}, vaulttest.Reply{Status: 999}) // do not panic
}

func TestServerRequests_HaveTheSessionAndMaskTheKey(t *testing.T) {
	vault := newServer(t, vaulttest.WithAPIKeys("sk_secret"), vaulttest.WithAppIDs("app-1"))
	session := facade.Session{
		RedirectURI: "https://example.com/?a=b&c",
		Settings:    facade.Settings{AllowActions: []facade.Action{}, ShowLogs: new(false)},
		// A float64 would lose the last digit.
		CustomConsumerSettings: map[string]any{"account": json.Number("9007199254740993")},
	}
	create(t, vault.Client(), session)
	request(t, vault, "POST", "/vault/sessions", "[]", "Authorization", "sk_secret")

	requests := vault.Requests()
	for i, want := range []vaulttest.Request{
		{ID: "req_1", AppID: "app-1", ConsumerID: "account:1", Session: session, Status: 200},
		{ID: "req_2", AppID: "app", ConsumerID: "account:1", Status: 401},
	} {
		got := requests[i]
		equal(t, "it has just arrived", time.Since(got.Time) < time.Minute, true)
		key := strings.TrimPrefix(got.Header.Get("Authorization"), "Bearer ")
		equal(t, "key", key, "[API key]")

		want.Method, want.Path = "POST", "/vault/sessions"
		want.Time, want.Header, want.Body = got.Time, got.Header, got.Body
		equal(t, "request", got, want)
	}
	equal(t, "body", string(requests[1].Body), "[]")
}

func TestServerRequests_AreBoundedInBytes(t *testing.T) {
	vault := newServer(t)
	body, padding := strings.Repeat("a", 1<<19), strings.Repeat("a", 1<<18)
	for range 2 {
		vault.Reset()
		for i := range 30 {
			request(t, vault, "POST", fmt.Sprintf("/%d", i), body, "Padding", padding)
		}
		requests := vault.Requests()
		equal(t, "requests in 16 MiB", len(requests), 21)
		equal(t, "last path", requests[20].Path, "/29")
	}
}

func TestServer_ResetForgetsRequestsRepliesAndConnections(t *testing.T) {
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{})
	vault.Enqueue(vaulttest.ServerDown())
	v.press("crm/salesforce", "add")
	equal(t, "requests, without pages", len(vault.Requests()), 1)

	vault.Reset()
	equal(t, "requests", vault.Requests(), []vaulttest.Request{})
	equal(t, "connections", vault.Connections("account:1"), nil)
	equal(t, "replies", vault.Replies(), nil)
	equal(t, "status of the page", v.get("").Code, http.StatusOK)
}

func TestNewServer_IsClosedAtTheEndOfTheTest(t *testing.T) {
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		var client *facade.Client
		t.Run("test", func(t *testing.T) {
			vault := vaulttest.NewServer(t, opts...)
			client = vault.Client(facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
			create(t, client, facade.Session{})
		})
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("c"))
		equal(t, "it is closed", errors.Is(err, syscall.ECONNREFUSED), true)
	}
}

func TestServerRoundTrip(t *testing.T) {
	client := &http.Client{Transport: newServer(t)}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", "http://any.test/vault/connections", nil)
	equal(t, "error", err, nil)
	resp, err := client.Do(req)
	equal(t, "error", err, nil)
	body, err := io.ReadAll(resp.Body)
	equal(t, "error", err, nil)
	equal(t, "length", resp.ContentLength, int64(len(body)))
	equal(t, "request", resp.Request, req)

	cancel()
	_, err = client.Do(req)
	equal(t, "canceled", errors.Is(err, context.Canceled), true)
}

func TestServer_CloseAbortsDelayedResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vault := newServer(t, vaulttest.WithLatency(time.Hour))
		begin := time.Now()
		done := make(chan error)
		go func() { done <- createOnce(t, vault) }()
		synctest.Wait()
		vault.Close()
		equal(t, "cut", errors.Is(<-done, io.ErrUnexpectedEOF), true)
		equal(t, "time", time.Since(begin), 0)

		defer func() { equal(t, "panic", recover(), any(http.ErrAbortHandler)) }()
		request(t, vault, "POST", "/vault/sessions", "{}")
	})
}

func TestWithAPIKeys_RejectsOthers(t *testing.T) {
	vault := newServer(t, vaulttest.WithAPIKeys("a", "b"), vaulttest.WithAppIDs("app-1", "app-2"))
	create(t, vault.Client(), facade.Session{})
	create(t, vault.Client(facade.WithAPIKey("b"), facade.WithAppID("app-2")), facade.Session{})
	for _, opt := range []facade.Option{facade.WithAPIKey("c"), facade.WithAppID("app-3")} {
		if err := createOnce(t, vault, opt); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWithSigningKey_LetsSessionsSurviveARestart(t *testing.T) {
	for _, c := range []struct {
		key, next string // "": a random key
		status    int
	}{
		{key: "a", next: "a", status: 200},
		{key: "a", next: "b", status: 404},
		{key: "", next: "", status: 404},
	} {
		v := newVisitor(t, newServer(t, vaulttest.WithSigningKey([]byte(c.key))), facade.Session{})
		v.vault = newServer(t, vaulttest.WithSigningKey([]byte(c.next)))
		equal(t, c.key+" and "+c.next, v.get("").Code, c.status)
	}
}

func TestWithPublicURL_IsThePrefixOfSessionURIs(t *testing.T) {
	const public = "http://vault.example.test"
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault := vaulttest.NewServer(t, append(opts, vaulttest.WithPublicURL(public+"/"))...)
		data := create(t, vault.Client(), facade.Session{}).Data
		equal(t, "session URI", data.SessionURI, public+"/session/"+data.SessionToken)
	}
	for _, u := range []string{"vault.example.test", "ftp://a.test", "https://", "https://a.test/path"} {
		if _, err := vaulttest.Start(vaulttest.WithPublicURL(u)); err == nil {
			t.Errorf("%q was accepted", u)
		}
	}
}
