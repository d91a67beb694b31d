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

func TestNewServer_ReportsFailuresAtTheTestsLine(t *testing.T) {
	if os.Getenv("VAULTTEST_FAIL") != "" {
		vault := vaulttest.NewServer(t, vaulttest.InProcess()) // reported second
		vault.Enqueue(vaulttest.ServerDown())
		vault.Client(facade.WithTimeout(-1)) // reported first
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "VAULTTEST_FAIL=1")
	out, err := cmd.CombinedOutput()
	want := regexp.MustCompile(`(?s) server_test.go:\d+: [^\n]*WithTimeout.* server_test.go:\d+: [^\n]*1 scripted replies`)
	if err == nil || !want.Match(out) {
		t.Errorf("%v, reported\n%s", err, out)
	}
}

func TestStart_PanicsOnMisuse(t *testing.T) {
	t.Parallel()
	vault := start(t)
	for name, misuse := range map[string]func(){
		"invalid client options": func() { vault.Client(facade.WithTimeout(-1)) },
		"an invalid status":      func() { vault.Enqueue(vaulttest.Reply{Status: 7}) },
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

func TestServer_RequestsHaveTheSessionAndMaskTheKey(t *testing.T) {
	t.Parallel()
	vault := newServer(t, vaulttest.WithAPIKeys("sk_secret"), vaulttest.WithAppIDs("app-1"))
	session := facade.Session{
		RedirectURI: "https://example.com/?a=b&c",
		Settings:    facade.Settings{AllowActions: []facade.Action{}, ShowLogs: new(false)},
		// A float64 would lose the last digit.
		CustomConsumerSettings: map[string]any{"account": json.Number("9007199254740993")},
	}
	create(t, vault.Client(), session)
	request(t, vault, "POST", "/vault/sessions", "[]", http.Header{"Authorization": {"sk_secret"}})
	requests := vault.Requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests", len(requests))
	}
	r := requests[0]
	if r.Method != "POST" || r.Path != "/vault/sessions" || r.AppID != "app-1" || r.ConsumerID != "account:1" {
		t.Errorf("request %+v", r)
	}
	if !reflect.DeepEqual(r.Session, session) {
		t.Errorf("session %+v, want %+v", r.Session, session)
	}
	if !reflect.DeepEqual(requests[1].Session, facade.Session{}) || string(requests[1].Body) != "[]" {
		t.Errorf("invalid body: %+v, %q", requests[1].Session, requests[1].Body)
	}
	for i, want := range []string{"Bearer ***", "***"} {
		if got := requests[i].Header.Get("Authorization"); got != want {
			t.Errorf("Authorization %q, want %q", got, want)
		}
	}
}

func TestServer_RequestsAreBounded(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	for i := range 1010 {
		request(t, vault, "GET", fmt.Sprintf("/%d", i), "", nil)
	}
	if r := vault.Requests(); len(r) != 1000 || r[0].Path != "/10" || r[999].Path != "/1009" {
		t.Errorf("%d requests, from %s", len(r), r[0].Path)
	}
}

func TestServer_ResetForgetsRequestsRepliesAndConnections(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	v := newVisitor(t, vault, facade.Session{})
	vault.Enqueue(vaulttest.ServerDown())
	if resp := v.press("crm/salesforce", "add"); resp.StatusCode != http.StatusSeeOther || len(vault.Requests()) != 1 {
		t.Errorf("a hosted page used a reply or was recorded as a request: %s", resp.Status)
	}
	vault.Reset()
	if r, c := vault.Requests(), vault.Connections("account:1"); len(r) != 0 || len(c) != 0 {
		t.Errorf("%d requests, %d connections", len(r), len(c))
	}
	create(t, vault.Client(once()), facade.Session{})
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
		err = createError(t, vault.Client(once()))
		if !errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, context.Canceled) {
			t.Errorf("%d options: %v", len(opts), err)
		}
	}
}

func TestServer_CloseAbortsDelayedResponses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := start(t, vaulttest.WithLatency(time.Hour))
		begin := time.Now()
		done := make(chan error)
		go func() {
			_, err := vault.Client(once()).Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("c"))
			done <- err
		}()
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
		synctest.Test(t, func(t *testing.T) {
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
	synctest.Test(t, func(t *testing.T) {
		vault := newServer(t, vaulttest.WithLatency(time.Hour))
		begin := time.Now()
		err := createError(t, vault.Client(once(), facade.WithTimeout(time.Second)))
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
		if err := createError(t, vault.Client(opt)); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestWithSigningKey_LetsSessionsSurviveARestart(t *testing.T) {
	t.Parallel()
	for keys, status := range map[[2]string]int{{"a", "a"}: 200, {"a", "b"}: 404, {"", ""}: 404} {
		v := newVisitor(t, newServer(t, vaulttest.WithSigningKey([]byte(keys[0]))), facade.Session{})
		v.vault = newServer(t, vaulttest.WithSigningKey([]byte(keys[1])))
		if resp, _ := v.get(""); resp.StatusCode != status {
			t.Errorf("keys %q: %s", keys, resp.Status)
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
