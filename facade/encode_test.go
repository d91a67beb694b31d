package facade_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func withSettings(value any) facade.Session {
	return facade.Session{CustomConsumerSettings: map[string]any{"v": value}}
}

// panics is a value whose encoding panics.
type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("encoding") }

func TestSessionsCreate_SettingsThatCannotBeEncoded(t *testing.T) { // rows 67 and 68
	cyclicMap, cyclicSlice := map[string]any{}, []any{nil}
	cyclicMap["self"], cyclicSlice[0] = cyclicMap, cyclicSlice
	c := newClient(t, newScript(t, session).option())
	for name, value := range map[string]any{
		"NaN": math.NaN(), "Inf": math.Inf(1), "channel": make(chan int), "func": func() {}, "cyclic map": cyclicMap,
		"cyclic slice": cyclicSlice, "bad RawMessage": json.RawMessage("{"),
	} {
		t.Run("row 67 "+name, func(t *testing.T) {
			_, err := c.Vault.Sessions.Create(t.Context(), withSettings(value))
			wantInvalid(t, err, "custom_consumer_settings")
			checkError(t, err)
		})
	}
	t.Run("row 68 panic", func(t *testing.T) {
		defer func() {
			if recover() != "encoding" {
				t.Error("the panic does not reach the caller")
			}
		}()
		c.Vault.Sessions.Create(t.Context(), withSettings(panics{}))
	})
	wantBudget(t, c, facade.BudgetCapacity)
	if _, err := createSession(t, c); err != nil {
		t.Errorf("the client is not usable afterwards: %v", err)
	}
}

func TestSessionsCreate_BoundsTheSize(t *testing.T) {
	c := newClient(t, newScript(t, session).option())
	value := strings.Repeat("a", 256<<10-len(`{"custom_consumer_settings":{"v":""}}`))
	if _, err := c.Vault.Sessions.Create(t.Context(), withSettings(value)); err != nil {
		t.Errorf("256 KiB: %v", err)
	}
	_, err := c.Vault.Sessions.Create(t.Context(), withSettings(value+"a"))
	wantInvalid(t, err, "session")
}

func TestSessionsCreate_RejectsTextThatIsNotUTF8(t *testing.T) {
	const bad = "M\xfcller"
	type custom struct {
		Name    string `json:"name"`
		Hidden  string `json:"-"`
		private string
	}
	c := newClient(t, session.option())
	for _, ok := range []facade.Session{
		{RedirectURI: "Müller"}, {RedirectURI: "a genuine \ufffd"}, {RedirectURI: `text \ufffd and \\ufffd`},
		withSettings(&custom{Name: "\ufffd", Hidden: bad, private: bad}), withSettings(json.RawMessage(`"\ufffd"`)),
	} {
		if _, err := c.Vault.Sessions.Create(t.Context(), ok); err != nil {
			t.Error(err)
		}
	}
	for _, session := range []facade.Session{
		{RedirectURI: bad}, {RedirectURI: `\` + bad}, {Theme: facade.Theme{VaultName: bad}},
		withSettings([]any{1, bad}), {CustomConsumerSettings: map[string]any{bad: 1}},
	} {
		_, err := c.Vault.Sessions.Create(t.Context(), session)
		wantInvalid(t, err, "session")
	}
}
