package vaulttest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestASessionIsCreatedOverARealSocket(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	client := vault.Client()
	defer client.CloseIdleConnections()
	resp := create(t, client, facade.Session{Settings: facade.Settings{SessionLength: "30m"}})
	if want := vault.URL + "/session/" + resp.Data.SessionToken; resp.Data.SessionURI != want {
		t.Errorf("session URI %q", resp.Data.SessionURI)
	}
	expires, ok := resp.ExpiresAt()
	if left := time.Until(expires); !ok || left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("expires in %v", left)
	}
	if resp.RequestID != "req_1" {
		t.Errorf("request id %q", resp.RequestID)
	}
}

func TestRequestsHoldTheDecodedSessionAndNoKey(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithAPIKeys("sk_secret"), vaulttest.WithAppIDs("app-1"))
	session := facade.Session{
		RedirectURI: "https://example.com/?a=b&c",
		Settings:    facade.Settings{AllowActions: []facade.Action{}, ShowLogs: new(false)},
	}
	create(t, vault.Client(), session)
	requests := vault.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	r := requests[0]
	if r.Method != "POST" || r.Path != "/vault/sessions" || r.AppID != "app-1" || r.ConsumerID != "account:1" {
		t.Errorf("request %+v", r)
	}
	if !reflect.DeepEqual(r.Session, session) {
		t.Errorf("session %+v, want %+v", r.Session, session)
	}
	if got := r.Header.Get("Authorization"); got != "Bearer ***" {
		t.Errorf("Authorization %q", got)
	}
}

func TestAKeyWithoutASchemeIsMaskedToo(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	request(t, vault, "POST", "/vault/sessions", "[]", header("Authorization", "sk_secret"))
	r := vault.Requests()[0]
	if got := r.Header.Get("Authorization"); got != "***" {
		t.Errorf("Authorization %q", got)
	}
	if !reflect.DeepEqual(r.Session, facade.Session{}) || string(r.Body) != "[]" {
		t.Errorf("a body that is no session is %+v, %q", r.Session, r.Body)
	}
}

func TestServer_RequestsAreBounded(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	for i := range 1010 {
		request(t, vault, "GET", fmt.Sprintf("/%d", i), "", nil)
	}
	if r := vault.Requests(); len(r) != 1000 || r[0].Path != "/10" || r[999].Path != "/1009" {
		t.Errorf("%d requests, from %s", len(r), r[0].Path)
	}
}

func TestServer_RequestsKeepEveryDigit(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	request(t, vault, "POST", "/vault/sessions", `{"custom_consumer_settings":{"account":9007199254740993}}`, goodHeader())
	if got := vault.Requests()[0].Session.CustomConsumerSettings["account"]; got != json.Number("9007199254740993") {
		t.Errorf("got %v", got)
	}
}

func TestServer_ResetForgetsRequestsRepliesAndConnections(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	v := newVisitor(t, vault, facade.Session{})
	v.press("crm/salesforce", "add")
	vault.Enqueue(vaulttest.ServerDown())
	vault.Reset()
	if r, c := vault.Requests(), vault.Connections("account:1"); len(r) != 0 || len(c) != 0 {
		t.Errorf("%d requests, %d connections", len(r), len(c))
	}
	create(t, vault.Client(once()), facade.Session{})
	if resp, _ := v.get(""); resp.StatusCode != http.StatusOK {
		t.Errorf("the session is gone: %s", resp.Status)
	}
}

func TestWithSigningKey_LetsSessionsSurviveARestart(t *testing.T) {
	t.Parallel()
	start := func() *vaulttest.Server {
		return vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithSigningKey([]byte("key")))
	}
	v := newVisitor(t, start(), facade.Session{})
	v.vault = start()
	if resp, _ := v.get(""); resp.StatusCode != http.StatusOK {
		t.Errorf("after a restart: %s", resp.Status)
	}
}

func TestWithPublicURL_StartsSessionURIs(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.WithPublicURL("https://vault.example.test/"))
	uri := create(t, vault.Client(), facade.Session{}).Data.SessionURI
	if !strings.HasPrefix(uri, "https://vault.example.test/session/") {
		t.Errorf("session URI %s", uri)
	}
}

func TestOtherKeysAndAppsAreRefused(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithAPIKeys("a", "b"), vaulttest.WithAppIDs("app-1", "app-2"))
	create(t, vault.Client(), facade.Session{})
	create(t, vault.Client(facade.WithAPIKey("b"), facade.WithAppID("app-2")), facade.Session{})
	for name, opt := range map[string]facade.Option{"key": facade.WithAPIKey("c"), "app": facade.WithAppID("app-3")} {
		if err := createError(t, vault.Client(opt)); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestLatencyDelaysEveryAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithLatency(2*time.Second))
		start := time.Now()
		create(t, vault.Client(), facade.Session{})
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
		vault.Enqueue(vaulttest.Reply{Delay: time.Second})
		start = time.Now()
		create(t, vault.Client(), facade.Session{})
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("with a delay of its own it took %v", took)
		}
	})
}

func TestRetriesAreTestedInABubbleWithoutWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
		start := time.Now()
		resp := create(t, vault.Client(), facade.Session{})
		if took := time.Since(start); resp.Attempts != 3 || took < 20*time.Second || took > 26*time.Second {
			t.Errorf("%d attempts in %v", resp.Attempts, took)
		}
	})
}

func TestACallThatIsCancelledEndsTheDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithLatency(time.Hour))
		start := time.Now()
		err := createError(t, vault.Client(once(), facade.WithTimeout(time.Second)))
		if transport, ok := errors.AsType[*apierrors.TransportError](err); !ok || !transport.Timeout() {
			t.Errorf("not a timeout: %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestCloseEndsWhatIsDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault, err := vaulttest.Start(vaulttest.InProcess(), vaulttest.WithLatency(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan error)
		go func() {
			_, err := vault.Client(once()).Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("c"))
			done <- err
		}()
		synctest.Wait()
		vault.Close()
		vault.Close()
		if err := <-done; err == nil || time.Since(start) != 0 {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

func TestAClosedServerAnswersNobody(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault, err := vaulttest.Start(opts...)
		if err != nil {
			t.Fatal(err)
		}
		vault.Close()
		if _, ok := errors.AsType[*apierrors.TransportError](createError(t, vault.Client(once()))); !ok {
			t.Error("answered")
		}
	}
}

func TestEachOfManyCallersGetsOneScriptedReply(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	const callers = 32
	for range callers / 2 {
		vault.Enqueue(vaulttest.PlanLimitReached())
	}
	client := vault.Client()
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	refused := 0
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("c")); errors.Is(err, apierrors.ErrPaymentRequired) {
				mu.Lock()
				refused++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if refused != callers/2 || len(vault.Requests()) != callers {
		t.Errorf("%d refused, %d requests", refused, len(vault.Requests()))
	}
}

func TestRepliesThatNobodyUsedFailTheTest(t *testing.T) {
	t.Parallel()
	tb := new(recorder)
	vault := vaulttest.NewServer(tb, vaulttest.InProcess())
	vault.Enqueue(vaulttest.ServerDown(), vaulttest.ServerDown())
	createError(t, vault.Client(once()))
	tb.end()
	if got := strings.Join(tb.errors, "\n"); got != "vaulttest: 1 scripted replies were not used" {
		t.Errorf("reported %q", got)
	}
}

func TestInvalidClientOptionsFailTheTest(t *testing.T) {
	t.Parallel()
	tb := new(recorder)
	vaulttest.NewServer(tb, vaulttest.InProcess()).Client(facade.WithTimeout(-1))
	tb.end()
	if len(tb.fatals) != 1 || !strings.Contains(tb.fatals[0], "WithTimeout") {
		t.Errorf("reported %q", tb.fatals)
	}
	vault, err := vaulttest.Start(vaulttest.InProcess())
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	defer func() {
		if recover() == nil {
			t.Error("without a test there was no panic")
		}
	}()
	vault.Client(facade.WithTimeout(-1))
}

func TestTheServerIsATransportForAnyHTTPClient(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	resp, err := (&http.Client{Transport: vault}).Get("https://anywhere.example/nothing")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
}
