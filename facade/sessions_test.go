package facade_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

const referenceJSON = `{
 "consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com",
  "image":"https://www.spacex.com/static/images/share.jpg"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "theme":{"favicon":"https://res.cloudinary.com/apideck/icons/intercom",
  "logo":"https://res.cloudinary.com/apideck/icons/intercom",
  "primary_color":"#286efa","sidepanel_background_color":"#286efa","sidepanel_text_color":"#FFFFFF",
  "vault_name":"Intercom",
  "privacy_url":"https://compliance.apideck.com/privacy-policy",
  "terms_url":"https://www.termsfeed.com/terms-conditions/957c85c1b089ae9e3219c83eff65377e"},
 "custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6","label":"6%"},{"id":"21","label":"21%"}]}}`

// referenceSession is the example of the API's reference.
func referenceSession() (session facade.Session) {
	if err := json.Unmarshal([]byte(referenceJSON), &session); err != nil {
		panic(err)
	}
	return session
}

// sameJSON fails the test unless both texts are the same JSON value.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := errors.Join(json.Unmarshal([]byte(got), &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSessionsCreate_SendsTheRequestOfTheContract(t *testing.T) {
	sc := newScript(t, session)
	c := newClient(t, sc.option(), facade.WithUserAgent("billing/2.1"), facade.WithHeader("x-trace", "abc"))
	if _, err := c.Vault.Sessions.Create(t.Context(), referenceSession()); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, sc.bodies[0], referenceJSON)
	r := sc.requests[0]
	if r.Method != "POST" || r.URL.Path != "/vault/sessions" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	userAgent, _, _ := strings.Cut(r.Header.Get("User-Agent"), "/0")
	got := http.Header{"User-Agent": {userAgent}}
	for name, values := range r.Header {
		if name != "User-Agent" && len(values) > 0 { // Idempotency-Key has no value
			got[name] = values
		}
	}
	want := http.Header{
		"Authorization":         {"Bearer " + testKey},
		"X-Apideck-App-Id":      {testApp},
		"X-Apideck-Consumer-Id": {testConsumer},
		"Content-Type":          {"application/json"},
		"Accept":                {"application/json"},
		"X-Trace":               {"abc"},
		"User-Agent":            {"billing/2.1 vault-go"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("headers %v,\nwant    %v", got, want)
	}
}

func TestSessionsCreate_AbsentEmptyAndSetFields(t *testing.T) {
	const uri = "HTTPS://MySaas.com:443/a/../b?x=<1>&y=#f%2f é" // sent byte for byte
	tests := map[string]facade.Session{
		`{}`:                                {Settings: facade.Settings{AllowActions: nil}},
		`{"settings":{"allow_actions":[]}}`: {Settings: facade.Settings{AllowActions: []facade.Action{}}},
		`{"settings":{"allow_actions":["delete"]}}`: {Settings: facade.Settings{AllowActions: []facade.Action{"delete"}}},
		`{"settings":{"unified_apis":[]}}`:          {Settings: facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{}}},
		`{"custom_consumer_settings":{}}`:           {CustomConsumerSettings: map[string]any{}},
		`{"custom_consumer_settings":{"a":null}}`:   {CustomConsumerSettings: map[string]any{"a": nil}},
		`{"redirect_uri":"` + uri + `"}`:            {RedirectURI: uri},
	}
	for field := range reflect.TypeFor[facade.Settings]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); field.Type == reflect.TypeFor[*bool]() {
			for _, value := range []bool{true, false} {
				var session facade.Session
				reflect.ValueOf(&session.Settings).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(new(value)))
				tests[fmt.Sprintf(`{"settings":{%q:%v}}`, name, value)] = session
			}
		}
	}
	if len(tests) < 7+2*8 {
		t.Errorf("%d cases: which boolean is no pointer?", len(tests))
	}
	for want, session := range tests {
		s := newScript(t, respond(200, sessionJSON))
		if _, err := newClient(t, s.option()).Vault.Sessions.Create(t.Context(), session); err != nil || s.bodies[0] != want {
			t.Errorf("sent %s, want %s: %v", s.bodies, want, err)
		}
	}
}

func TestSessionsCreate_OptionsHoldForOneCall(t *testing.T) {
	s := newScript(t, session, session)
	c := newClient(t, s.option(), facade.WithHeader("X-Team", "a"))
	createSession(t, c, facade.WithConsumerID("other"), facade.WithAPIKey("other-key"), facade.WithAppID("other-app"),
		facade.WithHeader("X-Team", "b"), facade.WithHeader("X-More", "c"), facade.Option{})
	createSession(t, c)
	for name, want := range map[string][]string{
		"X-Apideck-Consumer-Id": {"other", testConsumer},
		"X-Apideck-App-Id":      {"other-app", testApp},
		"Authorization":         {"Bearer other-key", "Bearer " + testKey},
		"X-Team":                {"b", "a"},
		"X-More":                {"c", ""},
	} {
		if got := s.sent(name); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestSessionsCreate_APIError(t *testing.T) {
	const body = `{"status_code":"oops","error":"Title","type_name":"SomeError","message":"Something",
		"ref":"https://ref","detail":"why"}`
	c := newClient(t, respond(422, body, "X-Apideck-Request-Id", "req_9").option())
	err := outcome{status: 422, attempts: 1, max: time.Minute}.check(t, c)
	e, ok := err.(*apierrors.APIError)
	if !ok || e.Title != "Title" || e.TypeName != "SomeError" || e.Message != "Something" || e.Ref != "https://ref" ||
		e.Detail.Text() != "why" || e.RequestID != "req_9" || e.Op != "POST /vault/sessions" ||
		e.Header.Get("X-Apideck-Request-Id") != "req_9" || string(e.Body()) != body {
		t.Errorf("got %#v", err)
	}
	for _, body := range []string{"", "[]", "{", "<html>Bad Gateway</html>", "\xff\xfe", `{"message":7,"detail":[1,2]}`} {
		err := outcome{status: 402, attempts: 1, max: time.Minute}.check(t, newClient(t, respond(402, body).option()))
		if e, ok := err.(*apierrors.APIError); !ok || string(e.Body()) != body {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

func TestSessionsCreate_InvalidResponseError(t *testing.T) {
	const body = "<html>Sign in to the Wi-Fi</html>"
	_, err := createSession(t, newClient(t, respond(200, body, "X-Apideck-Request-Id", "req_9").option()))
	e, ok := err.(*apierrors.InvalidResponseError)
	if !ok || e.RequestID != "req_9" || e.Op != "POST /vault/sessions" || string(e.Body()) != body || e.Err == nil {
		t.Errorf("got %#v", err)
	}
}

func TestSessionsCreate_TakesTheStatusCodeFromHTTP(t *testing.T) { // if the body has none
	body := strings.Replace(sessionJSON, `"status_code":200,`, "", 1)
	resp, err := createSession(t, newClient(t, respond(201, body, "X-Apideck-Request-Id", "req_9").option()))
	if err != nil || resp.StatusCode != 201 || resp.RequestID != "req_9" || resp.Header.Get("Content-Type") == "" {
		t.Errorf("got %v, %v", resp, err)
	}
}

func TestSessionsCreate_ReportsEveryProblem(t *testing.T) {
	_, err := newClient(t, newScript(t).option()).Vault.Sessions.Create(t.Context(), facade.Session{
		Settings:               facade.Settings{SessionLength: "a while"},
		CustomConsumerSettings: map[string]any{"f": func() {}},
	}, facade.WithConsumerID("a\nb"), facade.WithTimeout(-time.Second), facade.WithBaseURL("http://mock-vault:4010"))
	wantInvalid(t, err,
		"WithConsumerID", "WithBaseURL", "WithTimeout", "custom_consumer_settings", "settings.session_length")
}

func TestWithConsumerID_EmptyIsReportedOnce(t *testing.T) {
	for _, c := range []*facade.Client{newClient(t), newClient(t, facade.WithConsumerID("other"))} {
		_, err := createSession(t, c, facade.WithConsumerID(""))
		wantInvalid(t, err, "WithConsumerID")
	}
}

func TestSessionsCreate_SendsUnknownEnumValues(t *testing.T) {
	s := newScript(t, session)
	_, err := newClient(t, s.option()).Vault.Sessions.Create(t.Context(), facade.Session{Settings: facade.Settings{
		UnifiedAPIs: []facade.UnifiedAPI{"crm", "time-travel"}, AllowActions: []facade.Action{"teleport"}}})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, s.bodies[0], `{"settings":{"unified_apis":["crm","time-travel"],"allow_actions":["teleport"]}}`)
}

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

func TestSessionsCreate_SendsInvalidUTF8AsTheReplacementCharacter(t *testing.T) { // as encoding/json does
	s := newScript(t, session)
	_, err := newClient(t, s.option()).Vault.Sessions.Create(t.Context(), facade.Session{RedirectURI: "M\xfcller"})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, s.bodies[0], `{"redirect_uri":"M\ufffdller"}`)
}

func withLength(length string) facade.Session {
	return facade.Session{Settings: facade.Settings{SessionLength: length}}
}

func TestSessionLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Minute:                "30m",
		time.Hour:                       "1h",
		90 * time.Minute:                "90m",
		7 * 24 * time.Hour:              "168h",
		time.Nanosecond:                 "1m",
		61 * time.Second:                "2m",
		59*time.Minute + 59*time.Second: "1h",
		0:                               "0m",
		-time.Hour:                      "0m",
		1<<63 - 1:                       "153722868m",
	} {
		if got := facade.SessionLength(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	c := newClient(t, session.option())
	for d := time.Second; d <= 7*24*time.Hour; d = d*3 + time.Second {
		if _, err := c.Vault.Sessions.Create(t.Context(), withLength(facade.SessionLength(d))); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestSessionsCreate_ChecksTheSessionLength(t *testing.T) {
	c := newClient(t, session.option())
	for _, length := range []string{"", "30m", "1h", "168h", "10080m", "604800s", "7d", "1w"} {
		if _, err := c.Vault.Sessions.Create(t.Context(), withLength(length)); err != nil {
			t.Errorf("%q: %v", length, err)
		}
	}
	for _, length := range []string{"1h0m0s", "3600", "h", "0m", "-1h", "+1h", "1.5h", "169h", "8d", "2w", "604801s",
		"99999999999999999999h", "99999999999999999999x", "4294967295w", " 1h", "1 h"} {
		_, err := c.Vault.Sessions.Create(t.Context(), withLength(length))
		wantInvalid(t, err, "settings.session_length")
	}
}
