package facade_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func TestNil_PrintsAsNil(t *testing.T) {
	t.Parallel()
	for _, v := range []any{(*facade.CreateSessionResponse)(nil), (*facade.Client)(nil)} {
		for text := range strings.Lines(prints(v)) {
			if strings.Contains(strings.ToLower(text), "panic") {
				t.Errorf("a nil %T prints as %.300s", v, text)
			}
		}
	}
}

func TestCreateSessionResponse_JSONHasNoHeader(t *testing.T) {
	t.Parallel()
	body := strings.Replace(sessionJSON, `{`, `{"_raw":{"account":9007199254740993},`, 1)
	out, err := createSession(t, newClient(t, respond(200, body, "Set-Cookie", "id=1").option()))
	if err != nil || out.Header.Get("Set-Cookie") != "id=1" {
		t.Fatal(out, err)
	}
	text, err := json.Marshal(map[string]any{"resp": out})
	if err != nil || strings.Contains(string(text), "Header") || !strings.Contains(string(text), testToken) ||
		!strings.Contains(string(text), `"account":9007199254740993`) { // every digit of it
		t.Errorf("%s, %v", text, err)
	}
}

func TestSessionsCreate_RedactsAnEscapedEchoOfTheKey(t *testing.T) {
	t.Parallel()
	const key = "sk/live/0123&4"
	for _, echo := range []string{key, `sk\/live\/0123&4`, `\u0073k\/live\/0123\u00264`} {
		api := respond(401, `{"message":"no key `+echo+`","detail":{"key":"`+echo+`"}}`)
		_, err := createSession(t, newClient(t, api.option(), facade.WithAPIKey(key)))
		if shown := prints(err); strings.Contains(shown, key) || strings.Contains(shown, echo) {
			t.Errorf("%s is shown: %v", echo, err)
		}
	}
}
