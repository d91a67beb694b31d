package facade

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
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
func referenceSession() (session Session) {
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

// sentBody returns the body of the request that creates session.
func sentBody(t *testing.T, session Session) string {
	t.Helper()
	s := newScript(t, respond(200, sessionJSON))
	if _, err := newClient(t, s.option()).Vault.Sessions.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	return s.bodies[0]
}

func TestSessionsCreate_SendsTheRequestOfTheContract(t *testing.T) {
	s := newScript(t, session)
	c := newClient(t, s.option(), WithUserAgent("billing/2.1"), WithHeader("x-trace", "abc"))
	if _, err := c.Vault.Sessions.Create(t.Context(), referenceSession()); err != nil {
		t.Fatal(err)
	}

	sameJSON(t, s.bodies[0], referenceJSON)
	req := s.requests[0]
	if req.Method != "POST" || req.URL.Path != "/vault/sessions" {
		t.Errorf("%s %s", req.Method, req.URL)
	}
	want := http.Header{
		"Authorization":         {"Bearer " + testKey},
		"X-Apideck-App-Id":      {testApp},
		"X-Apideck-Consumer-Id": {testConsumer},
		"Content-Type":          {"application/json"},
		"Accept":                {"application/json"},
		"X-Trace":               {"abc"},
		"User-Agent":            {"billing/2.1 " + userAgent},
	}
	if !reflect.DeepEqual(req.Header, want) {
		t.Errorf("headers %v,\nwant    %v", req.Header, want)
	}
}

func TestSessionsCreate_AbsentEmptyAndSetFields(t *testing.T) {
	const uri = "HTTPS://MySaas.com:443/a/../b?x=<1>&y=#f%2f é" // sent byte for byte
	for want, session := range map[string]Session{
		`{}`:                                      {Settings: Settings{AllowActions: nil}},
		`{"settings":{"allow_actions":[]}}`:       {Settings: Settings{AllowActions: []Action{}}},
		`{"settings":{"unified_apis":[]}}`:        {Settings: Settings{UnifiedAPIs: []UnifiedAPI{}}},
		`{"custom_consumer_settings":{}}`:         {CustomConsumerSettings: map[string]any{}},
		`{"custom_consumer_settings":{"a":null}}`: {CustomConsumerSettings: map[string]any{"a": nil}},
		`{"redirect_uri":"` + uri + `"}`:          {RedirectURI: uri},
		`{"settings":{"allow_actions":["delete","teleport"]}}`: { // which this version does not know
			Settings: Settings{AllowActions: []Action{ActionDelete, "teleport"}},
		},
	} {
		if got := sentBody(t, session); got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	}
	sameJSON(t, sentBody(t, Session{RedirectURI: "M\xfc"}), `{"redirect_uri":"M\ufffd"}`) // as encoding/json does
}

func TestSessionsCreate_BooleansHaveThreeStates(t *testing.T) {
	booleans := 0
	for field := range reflect.TypeFor[Settings]().Fields() {
		if field.Type != reflect.TypeFor[*bool]() {
			continue
		}
		booleans++
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, value := range []bool{true, false} {
			var session Session
			pointer := reflect.ValueOf(new(value))
			reflect.ValueOf(&session.Settings).Elem().FieldByIndex(field.Index).Set(pointer)
			want := fmt.Sprintf(`{"settings":{%q:%v}}`, name, value)
			if got := sentBody(t, session); got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		}
	}
	if booleans < 8 {
		t.Errorf("%d booleans are pointers", booleans)
	}
}

func TestSessionsCreate_TakesTheStatusCodeFromHTTP(t *testing.T) {
	for _, body := range []string{sessionJSON, strings.Replace(sessionJSON, `"status_code":200,`, "", 1)} {
		c := newClient(t, respond(201, body, "X-Apideck-Request-Id", "req_9").option())
		resp, err := createSession(t, c)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 201 || resp.RequestID != "req_9" || resp.Header.Get("Content-Type") == "" {
			t.Errorf("got %d, %q, %v", resp.StatusCode, resp.RequestID, resp.Header)
		}
	}
}

func TestSessionsCreate_ReportsEveryProblem(t *testing.T) {
	_, err := newClient(t, newScript(t).option()).Vault.Sessions.Create(t.Context(), Session{
		Settings:               Settings{SessionLength: "a while"},
		CustomConsumerSettings: map[string]any{"f": func() {}},
	}, WithConsumerID("a\nb"), WithTimeout(-time.Second), WithBaseURL("http://mock-vault:4010"))
	checkInvalid(t, err,
		"WithConsumerID", "WithBaseURL", "WithTimeout", "custom_consumer_settings", "settings.session_length")
}

func withSettings(value any) Session {
	return Session{CustomConsumerSettings: map[string]any{"v": value}}
}

func TestSessionsCreate_SettingsThatCannotBeEncoded(t *testing.T) { // row 67
	cyclicMap, cyclicSlice := map[string]any{}, []any{nil}
	cyclicMap["self"], cyclicSlice[0] = cyclicMap, cyclicSlice
	for name, value := range map[string]any{
		"NaN":            math.NaN(),
		"Inf":            math.Inf(1),
		"channel":        make(chan int),
		"func":           func() {},
		"cyclic map":     cyclicMap,
		"cyclic slice":   cyclicSlice,
		"bad RawMessage": json.RawMessage("{"),
	} {
		t.Run("row 67 "+name, func(t *testing.T) {
			c := newClient(t, newScript(t).option())
			_, err := c.Vault.Sessions.Create(t.Context(), withSettings(value))
			checkInvalid(t, err, "custom_consumer_settings")
			checkError(t, err)
			checkBudget(t, c, budgetCapacity)
		})
	}
}

// panics is a value whose encoding panics.
type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("encoding") }

func TestSessionsCreate_EncodingPanics(t *testing.T) { // row 68
	c := newClient(t, newScript(t, session).option())
	defer func() {
		if recover() != "encoding" {
			t.Error("the panic does not reach the caller")
		}
		aSession(1).check(t, c) // the client is usable afterwards
	}()
	c.Vault.Sessions.Create(t.Context(), withSettings(panics{}))
}

func TestSessionsCreate_BoundsTheRequestBody(t *testing.T) {
	c := newClient(t, newScript(t, session).option())
	value := strings.Repeat("a", maxRequestBody-len(`{"custom_consumer_settings":{"v":""}}`))
	if _, err := c.Vault.Sessions.Create(t.Context(), withSettings(value)); err != nil {
		t.Errorf("256 KiB: %v", err)
	}
	_, err := c.Vault.Sessions.Create(t.Context(), withSettings(value+"a"))
	checkInvalid(t, err, "session")
}

func TestSessionsCreate_ChecksTheSessionLength(t *testing.T) {
	session := Session{Settings: Settings{SessionLength: "1h0m0s"}}
	_, err := newClient(t, newScript(t).option()).Vault.Sessions.Create(t.Context(), session)
	checkInvalid(t, err, "settings.session_length")
}
