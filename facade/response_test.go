package facade_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestExpiryIsTheTokensExpClaim(t *testing.T) {
	t.Parallel()
	server := vaulttest.NewServer(t)
	before := time.Now().Truncate(time.Second)
	resp, err := server.Client().Vault.Sessions.Create(t.Context(),
		facade.Session{Settings: facade.Settings{SessionLength: facade.SessionLength(30 * time.Minute)}}, facade.WithConsumerID("c"))
	if err != nil {
		t.Fatal(err)
	}
	expires, ok := resp.ExpiresAt()
	if !ok || expires.Before(before.Add(30*time.Minute)) || expires.After(time.Now().Add(30*time.Minute)) {
		t.Errorf("expires at %v, %v", expires, ok)
	}
}

func TestTokenWithoutAnExpiryIsNoFailure(t *testing.T) {
	t.Parallel()
	token := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for payload, want := range map[string]int64{
		token(`{"exp":1700000000}`):          1700000000,
		token(`{"exp":1700000000.9}`):        1700000000,
		token(`{"exp":"1700000000"}`):        0,
		token(`{"exp":0}`):                   0,
		token(`{"exp":-1}`):                  0,
		token(`{"exp":1e300}`):               0,
		token(`{}`):                          0,
		token(`null`):                        0,
		token(`{`):                           0,
		"opaque":                             0,
		"a.b":                                0,
		"a.!.c":                              0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9=.c2ln": 0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln.another": 0,
	} {
		resp := facade.CreateSessionResponse{CreateSessionResponse: gen.CreateSessionResponse{Data: gen.SessionData{SessionToken: payload}}}
		expires, ok := resp.ExpiresAt()
		if ok != (want != 0) || ok && expires.Unix() != want {
			t.Errorf("%s: got %v, %v", payload, expires, ok)
		}
	}
}

func TestResponsePrintsWithoutItsSecretsAndMarshalsWithThem(t *testing.T) {
	t.Parallel()
	const uri, token = "https://vault.apideck.com/session/uri-canary", "token-canary"
	resp := &facade.CreateSessionResponse{
		CreateSessionResponse: gen.CreateSessionResponse{StatusCode: 200, Status: "OK", Data: gen.SessionData{SessionURI: uri, SessionToken: token}},
		RequestID:             "req_9", Attempts: 2,
	}
	var out bytes.Buffer
	for _, v := range []any{resp, *resp, resp.CreateSessionResponse, &resp.CreateSessionResponse, resp.Data, &resp.Data,
		struct{ R any }{resp}, []any{*resp}, map[string]any{"r": resp.Data}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
	}
	for _, v := range []any{resp, *resp, resp.CreateSessionResponse, resp.Data, &resp.Data} {
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v)
	}
	for _, canary := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%X", "canary")} {
		if strings.Contains(out.String(), canary) {
			t.Errorf("%q is in the output:\n%s", canary, out.String())
		}
	}
	if got := fmt.Sprint(resp); !strings.Contains(got, "req_9") || !strings.Contains(got, "200") || !strings.Contains(got, "Attempts:2") {
		t.Errorf("prints as %s", got)
	}

	encoded, err := json.Marshal(resp)
	if err != nil {
		t.Fatal(err)
	}
	var back facade.CreateSessionResponse
	if err := json.Unmarshal(encoded, &back); err != nil || back.Data != resp.Data || back.RequestID != resp.RequestID {
		t.Errorf("JSON %s comes back as %v, %v", encoded, back, err)
	}
}
