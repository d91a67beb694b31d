package facade_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func TestCreateSessionResponse_NilPrintsAsNil(t *testing.T) {
	printsAsNil(t, (*facade.CreateSessionResponse)(nil))
}

func TestClient_NilPrintsAsNil(t *testing.T) { printsAsNil(t, (*facade.Client)(nil)) }

func printsAsNil(t *testing.T, v any) {
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
	fmt.Fprintf(&log, "%v\n%+v\n%#v\n%s\n%q", v, v, v, v, v)
	for text := range strings.Lines(log.String()) {
		if strings.Contains(strings.ToLower(text), "panic") || !strings.Contains(strings.ReplaceAll(text, "null", "nil"), "nil") {
			t.Errorf("nil prints as %.300s", text)
		}
	}
}

func TestCreateSessionResponse_JSONLeavesTheHeadersOut(t *testing.T) {
	t.Parallel()
	c := sdk(t, always(200, validSession, "Set-Cookie", "id=1").option())
	out, err := c.Vault.Sessions.Create(t.Context(), facade.Session{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"resp": out})
	if err != nil || strings.Contains(string(text), "Header") || !strings.Contains(string(text), `"session_token":"a.b.c"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestCreateSessionResponse_RawKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	c := sdk(t, always(200, strings.Replace(validSession, `{`, `{"_raw":{"account":9007199254740993},`, 1)).option())
	out, err := c.Vault.Sessions.Create(t.Context(), facade.Session{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(out.Raw); string(text) != `{"account":9007199254740993}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestClient_PrintsNoHeader(t *testing.T) {
	t.Parallel()
	c := sdk(t, facade.WithHeader("X-Secret", "header-canary"))
	for _, verb := range strings.Fields("%v %+v %#v %s %q") {
		if shown := fmt.Sprintf(verb, c) + fmt.Sprintf(verb, *c); strings.Contains(shown, "canary") {
			t.Errorf("%s shows %.200s", verb, shown)
		}
	}
}
