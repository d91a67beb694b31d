package vaulttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"reflect"
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
	t.Parallel()
	vault := vaulttest.NewServer(t)
	client := vault.Client()
	defer client.CloseIdleConnections()
	resp := create(t, client, facade.Session{Settings: facade.Settings{SessionLength: "30m"}})
	want := vault.URL + "/session/" + resp.Data.SessionToken
	if resp.Data.SessionURI != want || resp.RequestID != "req_1" {
		t.Errorf("session URI %q, request id %q", resp.Data.SessionURI, resp.RequestID)
	}
	expires, ok := resp.ExpiresAt()
	if left := time.Until(expires); !ok || left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("expires in %v", left)
	}
}

func TestServerClient_IgnoresTheEnvironment(t *testing.T) {
	for _, value := range []string{"1", "not valid\n"} {
		for _, name := range []string{"API_KEY", "APP_ID", "BASE_URL", "CONSUMER_ID", "INSECURE_HTTP"} {
			t.Setenv("APIDECK_"+name, value)
		}
		vault := newServer(t)
		create(t, vault.Client(), facade.Session{})
		if r := vault.Requests(); len(r) != 1 || r[0].AppID != "test-app" {
			t.Errorf("with %q, requests %+v", value, r)
		}
		if _, err := vault.Client().Vault.Sessions.Create(t.Context(), facade.Session{}); err == nil {
			t.Errorf("with %q, the consumer id comes from the environment", value)
		}
	}
}

func TestNewServer_ReportsFailuresAtTheTestsLine(t *testing.T) {
	if os.Getenv("VAULTTEST_FAIL") != "" {
		vault := vaulttest.NewServer(t, vaulttest.InProcess()) // reported second
		vault.Enqueue(vaulttest.Reply{Times: 3}, vaulttest.Reply{}, vaulttest.Reply{Times: -1})
		createOnce(t, vault)
		vault.Client(facade.WithTimeout(-1)) // reported first
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "VAULTTEST_FAIL=1")
	out, err := cmd.CombinedOutput()
	want := regexp.MustCompile(`(?s) server_test.go:\d+: [^\n]*WithTimeout.* server_test.go:\d+: [^\n]*3 scripted replies`)
	if err == nil || !want.Match(out) {
		t.Errorf("%v, reported\n%s", err, out)
	}
}

func TestServer_PanicsOnMisuse(t *testing.T) {
	t.Parallel()
	vault := start(t)
	for name, misuse := range map[string]func(){
		"invalid client options":    func() { vault.Client(facade.WithTimeout(-1)) },
		"invalid status":            func() { vault.Enqueue(vaulttest.Reply{Status: 7}) },
		"connection without an API": func() { vault.SetConnections("c", vaulttest.Connection{ServiceID: "a", State: "added"}) },
		"connection without an id":  func() { vault.SetConnections("c", vaulttest.Connection{UnifiedAPI: "crm", State: "added"}) },
		"invalid state":             func() { vault.SetConnections("c", vaulttest.Connection{UnifiedAPI: "crm", ServiceID: "a"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse()
		}()
	}
}

func TestServerRequests_HaveTheSessionAndMaskTheKey(t *testing.T) {
	t.Parallel()
	vault := newServer(t, vaulttest.WithAPIKeys("sk_secret"), vaulttest.WithAppIDs("app-1"))
	session := facade.Session{
		RedirectURI: "https://example.com/?a=b&c",
		Settings:    facade.Settings{AllowActions: []facade.Action{}, ShowLogs: new(false)},
		// A float64 would lose the last digit.
		CustomConsumerSettings: map[string]any{"account": json.Number("9007199254740993")},
	}
	begin := time.Now()
	create(t, vault.Client(), session)
	request(t, vault, "POST", "/vault/sessions", "[]", http.Header{"Authorization": {"sk_secret"}})

	requests := vault.Requests()
	for i, want := range []vaulttest.Request{
		{ID: "req_1", AppID: "app-1", ConsumerID: "account:1", Session: session, Status: 200},
		{ID: "req_2", Status: 401},
	} {
		got := requests[i]
		if got.Time.Before(begin) || got.Time.After(time.Now()) || got.Method != "POST" || got.Path != "/vault/sessions" {
			t.Errorf("%s: %s %s at %v", want.ID, got.Method, got.Path, got.Time)
		}
		if key := strings.TrimPrefix(got.Header.Get("Authorization"), "Bearer "); key != "[API key]" {
			t.Errorf("%s: Authorization %q", want.ID, key)
		}
		want.Time, want.Method, want.Path, want.Header, want.Body = got.Time, got.Method, got.Path, got.Header, got.Body
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if body := string(requests[1].Body); body != "[]" {
		t.Errorf("the second body is %s", body)
	}
}

func TestServerRequests_AreBoundedInBytes(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for i := range 40 {
		header := http.Header{"Padding": {strings.Repeat("a", 1<<18)}}
		request(t, vault, "POST", fmt.Sprintf("/%d", i), strings.Repeat("a", 1<<19), header)
	}
	if r := vault.Requests(); len(r) != 21 || r[20].Path != "/39" { // 16 MiB of them
		t.Errorf("%d requests, until %s", len(r), r[len(r)-1].Path)
	}
}

func TestServer_ResetForgetsRequestsRepliesAndConnections(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{})
	vault.Enqueue(vaulttest.ServerDown())
	if v.press("crm/salesforce", "add"); len(vault.Requests()) != 1 {
		t.Error("a hosted page was recorded as a request")
	}
	vault.Reset()
	if r, c := vault.Requests(), vault.Connections("account:1"); len(r) != 0 || len(c) != 0 {
		t.Errorf("%d requests, %d connections", len(r), len(c))
	}
	wantErrors(t, vault, nil)
	if resp, _ := v.get(""); resp.StatusCode != http.StatusOK {
		t.Errorf("the session is gone: %s", resp.Status)
	}
}

func TestServer_ClosedRefusesConnections(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault, err := vaulttest.Start(opts...)
		if err != nil {
			t.Fatal(err)
		}
		vault.Close()
		err = createOnce(t, vault)
		if !errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, context.Canceled) {
			t.Errorf("%d options: %v", len(opts), err)
		}
	}
}

func TestServer_CloseAbortsDelayedResponses(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		vault := start(t, vaulttest.WithLatency(time.Hour))
		begin := time.Now()
		done := make(chan error)
		go func() { done <- createOnce(t, vault) }()
		synctest.Wait()
		vault.Close()
		vault.Close()
		if err := <-done; err == nil || errors.Is(err, context.Canceled) || time.Since(begin) != 0 {
			t.Errorf("returned after %v with %v", time.Since(begin), err)
		}
	})
}

// The server is created and closed outside the bubbles.
func TestServer_IsSharedBySynctestBubbles(t *testing.T) {
	t.Parallel()
	vault := newServer(t, vaulttest.WithLatency(time.Second))
	for range 2 {
		bubble(t, func(t *testing.T) {
			begin := time.Now()
			create(t, vault.Client(), facade.Session{})
			if took := time.Since(begin); took != time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestWithLatency_StopsAtTheClientsTimeout(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		vault := newServer(t, vaulttest.WithLatency(time.Hour))
		begin := time.Now()
		err := createOnce(t, vault, facade.WithTimeout(time.Second))
		transport, ok := errors.AsType[*apierrors.TransportError](err)
		if !ok || !transport.Timeout() || time.Since(begin) != time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestWithAPIKeys_RejectsOthers(t *testing.T) {
	t.Parallel()
	vault := newServer(t, vaulttest.WithAPIKeys("a", "b"), vaulttest.WithAppIDs("app-1", "app-2"))
	create(t, vault.Client(), facade.Session{})
	create(t, vault.Client(facade.WithAPIKey("b"), facade.WithAppID("app-2")), facade.Session{})
	for name, opt := range map[string]facade.Option{"key": facade.WithAPIKey("c"), "app": facade.WithAppID("app-3")} {
		if err := createOnce(t, vault, opt); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestWithSigningKey_LetsSessionsSurviveARestart(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, newServer(t, vaulttest.WithSigningKey([]byte("a"))), facade.Session{})
	for key, status := range map[string]int{"a": 200, "b": 404, "": 404} { // "": a random key
		v.vault = newServer(t, vaulttest.WithSigningKey([]byte(key)))
		if resp, _ := v.get(""); resp.StatusCode != status {
			t.Errorf("key %q: %s", key, resp.Status)
		}
	}
}

func TestWithPublicURL_IsThePrefixOfSessionURIs(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault := vaulttest.NewServer(t, append(opts, vaulttest.WithPublicURL("https://vault.example.test/"))...)
		uri := create(t, vault.Client(), facade.Session{}).Data.SessionURI
		if !strings.HasPrefix(uri, "https://vault.example.test/session/") {
			t.Errorf("session URI %s", uri)
		}
	}
	for _, u := range []string{"vault.example.test", "ftp://a.test", "https://", "https://a.test/path", "\x7f"} {
		if _, err := vaulttest.Start(vaulttest.WithPublicURL(u)); err == nil {
			t.Errorf("%q was accepted", u)
		}
	}
}
