package facade

import (
	"encoding/json"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSessionsCreate_Request(t *testing.T) {
	s := newScript(t, session)
	c := newClient(t, s.option(), WithUserAgent("billing/2.1"), WithHeader("x-trace", "abc"))
	session := Session{Settings: Settings{UnifiedAPIs: []UnifiedAPI{UnifiedAPICRM}}}
	if _, err := c.Vault.Sessions.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}

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
	if s.bodies[0] != `{"settings":{"unified_apis":["crm"]}}` {
		t.Errorf("sent %s", s.bodies[0])
	}
}

func TestSessionsCreate_Response(t *testing.T) {
	c := newClient(t, respond(201, sessionJSON, "X-Apideck-Request-Id", "req_9").option())
	resp, err := createSession(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 201 { // the body says 200
		t.Errorf("StatusCode is %d", resp.StatusCode)
	}
	if resp.RequestID != "req_9" || resp.Header.Get("Content-Type") == "" {
		t.Errorf("got %q, %v", resp.RequestID, resp.Header)
	}
}

func TestEncodeSession(t *testing.T) {
	const uri = "HTTPS://MySaas.com:443/a/../b?x=<1>&y=#f%2f é" // sent byte for byte
	for want, session := range map[string]Session{
		`{}`:                                      {Settings: Settings{AllowActions: nil}},
		`{"settings":{"allow_actions":[]}}`:       {Settings: Settings{AllowActions: []Action{}}},
		`{"settings":{"unified_apis":[]}}`:        {Settings: Settings{UnifiedAPIs: []UnifiedAPI{}}},
		`{"settings":{"show_logs":false}}`:        {Settings: Settings{ShowLogs: new(false)}},
		`{"custom_consumer_settings":{}}`:         {CustomConsumerSettings: map[string]any{}},
		`{"custom_consumer_settings":{"a":null}}`: {CustomConsumerSettings: map[string]any{"a": nil}},
		`{"redirect_uri":"` + uri + `"}`:          {RedirectURI: uri},
		`{"redirect_uri":"M\ufffd"}`:              {RedirectURI: "M\xfc"}, // as encoding/json does
		`{"settings":{"allow_actions":["delete","teleport"]}}`: { // which this version does not know
			Settings: Settings{AllowActions: []Action{ActionDelete, "teleport"}},
		},
	} {
		body, err := encodeSession(session)
		got := strings.ReplaceAll(string(body), "\ufffd", `\ufffd`) // Go 1.27 does not escape it
		if got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
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

func TestSessionsCreate_SettingsThatCannotBeEncoded(t *testing.T) { // row 67
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	for name, value := range map[string]any{
		"NaN":      math.NaN(),
		"channel":  make(chan int),
		"cyclic":   cyclic,
		"not JSON": json.RawMessage("{"),
	} {
		t.Run("row 67 "+name, func(t *testing.T) {
			session := Session{CustomConsumerSettings: map[string]any{"v": value}}
			_, err := newClient(t, newScript(t).option()).Vault.Sessions.Create(t.Context(), session)
			checkInvalid(t, err, "custom_consumer_settings")
			checkError(t, err)
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
	session := Session{CustomConsumerSettings: map[string]any{"v": panics{}}}
	c.Vault.Sessions.Create(t.Context(), session)
}

func TestEncodeSession_MaximumSize(t *testing.T) {
	uri := strings.Repeat("a", maxRequestBody-len(`{"redirect_uri":""}`))
	_, err := encodeSession(Session{RedirectURI: uri})
	checkInvalid(t, err)
	_, err = encodeSession(Session{RedirectURI: uri + "a"})
	checkInvalid(t, err, "session")
}
