package facade_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
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
		"a.!.c":                              0,
		"e30.eyJleHAiOjE3MDAwMDAwMDB9=.c2ln": 0,
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

func TestCreateSessionResponse_MarshalsWithItsSecrets(t *testing.T) {
	resp := facade.CreateSessionResponse{RequestID: "req_9", Attempts: 2}
	resp.StatusCode, resp.Data.SessionURI, resp.Data.SessionToken = 200, testURI, testToken
	encoded, err := json.Marshal(&resp)
	if want := `"data":{"session_token":"` + testToken + `","session_uri":"` + testURI + `"}`; err != nil || !strings.Contains(string(encoded), want) {
		t.Errorf("%s, %v", encoded, err)
	}
	want := `{StatusCode:200 Status:"" Data:{SessionURI:[REDACTED] SessionToken:[REDACTED]}}`
	if got := fmt.Sprint(resp); got != want {
		t.Errorf("printed as %s", got)
	}
}
