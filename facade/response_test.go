package facade_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestCreateSessionResponse_ExpiresAt(t *testing.T) {
	token := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for token, want := range map[string]int64{
		token(`{"exp":1700000000}`):                 1700000000,
		token(`{"exp":1700000000.9}`):               1700000000,
		token(`{"exp":"1700000000"}`):               0,
		token(`{"exp":0}`):                          0,
		token(`{"exp":-1}`):                         0,
		token(`{"exp":1e300}`):                      0,
		token(`{}`):                                 0,
		token(`null`):                               0,
		token(`{`):                                  0,
		"opaque":                                    0,
		"a.!.c":                                     0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9=.c2ln":        0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9":              0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln.another": 0,
	} {
		var resp facade.CreateSessionResponse
		resp.Data.SessionToken = token
		expires, ok := resp.ExpiresAt()
		if ok != (want != 0) || ok && expires.Unix() != want {
			t.Errorf("%s: got %v, %v", token, expires, ok)
		}
	}

	before := time.Now().Truncate(time.Second)
	c := vaulttest.NewServer(t).Client(facade.WithConsumerID("c"))
	resp, err := c.Vault.Sessions.Create(t.Context(), withLength("30m"))
	if err != nil {
		t.Fatal(err)
	}
	expires, ok := resp.ExpiresAt()
	if lasts := expires.Sub(before); !ok || lasts < 30*time.Minute || lasts > 31*time.Minute {
		t.Errorf("expires at %v, %v", expires, ok)
	}
}

func TestCreateSessionResponse_JSONHasNoSession(t *testing.T) {
	out, err := createSession(t, newClient(t, respond(200, sessionJSON, "X-Apideck-Request-Id", "req_1").option()))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{out, *out, []any{out, *out}, map[string]any{"resp": out}} {
		encoded, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(encoded), "req_1") {
			t.Errorf("%T is %s, %v", v, encoded, err)
		}
		checkNoSecret(t, "JSON", string(encoded))
	}

	encoded, err := json.Marshal(out.Data) // what a program passes on
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, string(encoded), `{"session_uri":"`+testURI+`","session_token":"`+testToken+`"}`)
}

func TestCreateSessionResponse_IntegrationURI(t *testing.T) {
	var resp facade.CreateSessionResponse
	for sessionURI, origin := range map[string]string{
		"https://vault.example.com/session/a.b.c":  "https://vault.example.com",
		"http://127.0.0.1:8080/session/a.b.c?x=1#": "http://127.0.0.1:8080",
	} {
		for _, token := range []string{"a.b.c", "a+b&c=d/#?"} {
			resp.Data.SessionURI, resp.Data.SessionToken = sessionURI, token
			got, err := resp.IntegrationURI(facade.UnifiedAPICRM, "salesforce")
			if want := origin + "/integrations/crm/salesforce?jwt=" + url.QueryEscape(token); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	}
	if _, err := resp.IntegrationURI("time-travel", "delorean_dmc-12"); err != nil {
		t.Errorf("an API that this version does not know: %v", err)
	}
	for _, segment := range []string{"", ".", "..", "a/b", "a?b", "a#b", "a b", "a\nb", "a\x7f", `a\b`} {
		got, err := resp.IntegrationURI(facade.UnifiedAPICRM, segment)
		if wantInvalid(t, err, "serviceID"); got != "" {
			t.Errorf("service id %q: got %q", segment, got)
		}
		_, err = resp.IntegrationURI(facade.UnifiedAPI(segment), "salesforce")
		wantInvalid(t, err, "api")
	}
	if got, err := new(facade.CreateSessionResponse).IntegrationURI(facade.UnifiedAPICRM, "salesforce"); err == nil {
		t.Errorf("a response without a session gives %q", got)
	}
}
