package facade_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestSettingsThatJSONCannotCarryAreRefused(t *testing.T) {
	t.Parallel()
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	loop := []any{nil}
	loop[0] = loop
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("no")
	})}))
	for name, value := range map[string]any{
		"NaN": math.NaN(), "Inf": math.Inf(1), "channel": make(chan int), "func": func() {},
		"cyclic map": cyclic, "cyclic slice": loop, "bad RawMessage": json.RawMessage("{"),
	} {
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{CustomConsumerSettings: map[string]any{"x": value}})
		if e, ok := err.(*apierrors.ValidationError); !ok || e.Field != "custom_consumer_settings" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSessionAboveTheSizeLimitIsRefused(t *testing.T) {
	t.Parallel()
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, sessionJSON), nil
	})}))
	sized := func(n int) facade.Session {
		wrapper := len(`{"custom_consumer_settings":{"x":""}}`)
		return facade.Session{CustomConsumerSettings: map[string]any{"x": strings.Repeat("a", n-wrapper)}}
	}
	if _, err := client.Vault.Sessions.Create(t.Context(), sized(256<<10)); err != nil {
		t.Errorf("256 KiB: got %v", err)
	}
	_, err := client.Vault.Sessions.Create(t.Context(), sized(256<<10+1))
	if e, ok := err.(*apierrors.ValidationError); !ok || e.Field != "session" {
		t.Errorf("one byte more: got %v", err)
	}
}

type sent struct {
	Name    string `json:"name"`
	Hidden  string `json:"-"`
	private string
}

func TestTextThatIsNotUTF8IsRefusedByItsPlace(t *testing.T) {
	t.Parallel()
	const bad = "M\xfcller"
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, sessionJSON), nil
	})}))
	for _, test := range []struct {
		session facade.Session
		field   string // "" when it is fine
	}{
		{facade.Session{ConsumerMetadata: facade.ConsumerMetadata{UserName: "Müller"}}, ""},
		{facade.Session{ConsumerMetadata: facade.ConsumerMetadata{UserName: "a genuine \ufffd"}}, ""},
		{facade.Session{ConsumerMetadata: facade.ConsumerMetadata{UserName: `text \ufffd and \\ufffd`}}, ""},
		{facade.Session{ConsumerMetadata: facade.ConsumerMetadata{UserName: bad}}, "consumer_metadata.user_name"},
		{facade.Session{ConsumerMetadata: facade.ConsumerMetadata{UserName: `\` + bad}}, "consumer_metadata.user_name"},
		{facade.Session{RedirectURI: bad}, "redirect_uri"},
		{facade.Session{Theme: facade.Theme{VaultName: bad}}, "theme.vault_name"},
		{facade.Session{CustomConsumerSettings: map[string]any{"a": []any{1, bad}}}, "custom_consumer_settings.a[1]"},
		{facade.Session{CustomConsumerSettings: map[string]any{bad: 1}}, "custom_consumer_settings"},
		{facade.Session{CustomConsumerSettings: map[string]any{"p": &sent{Name: "\ufffd", Hidden: bad, private: bad}}}, ""},
		{facade.Session{CustomConsumerSettings: map[string]any{"p": &sent{Name: bad}}}, "custom_consumer_settings.p.name"},
		{facade.Session{CustomConsumerSettings: map[string]any{"raw": json.RawMessage(`"\ufffd"`)}}, ""},
	} {
		_, err := client.Vault.Sessions.Create(t.Context(), test.session)
		if test.field == "" {
			if err != nil {
				t.Errorf("got %v", err)
			}
			continue
		}
		if e, ok := err.(*apierrors.ValidationError); !ok || e.Field != test.field {
			t.Errorf("got %v, want %s", err, test.field)
		}
	}
}
