package facade

import (
	"encoding/json"
	"testing"
	"time"
)

func TestCreateSessionResponse_ExpiresAt(t *testing.T) {
	none := time.Time{}
	for token, want := range map[string]time.Time{
		jwt(`{"exp":1700000000.9}`): time.Unix(1700000000, 0),
		jwt(`{"exp":253402300799}`): time.Unix(253402300799, 0),
		jwt(`{"exp":253402300800}`): none,
		jwt(`{"exp":"1700000000"}`): none,
		jwt(`{"exp":0}`):            none,
		jwt(`{"exp":1e300}`):        none,
		jwt(`{}`):                   none,
		"opaque":                    none,
	} {
		var resp CreateSessionResponse
		resp.Data.SessionToken = token
		expires, ok := resp.ExpiresAt()
		if !expires.Equal(want) || ok != (want != none) {
			t.Errorf("%s: got %v, %v", token, expires, ok)
		}
	}
}

func TestCreateSessionResponse_JSONHasNoSession(t *testing.T) {
	out, err := createSession(t, newClient(t, respond(200, sessionJSON, "X-Apideck-Request-Id", "req_1").option()))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{out, *out} {
		encoded, err := json.Marshal(v)
		if string(encoded) != `{"RequestID":"req_1","Attempts":1}` || err != nil {
			t.Errorf("%T is %s, %v", v, encoded, err)
		}
	}

	encoded, err := json.Marshal(out.Data) // what a program passes on
	if string(encoded) != `{"session_token":"`+testToken+`","session_uri":"`+testURI+`"}` || err != nil {
		t.Errorf("Data is %s, %v", encoded, err)
	}
}

func TestCreateSessionResponse_IntegrationURI(t *testing.T) {
	var resp CreateSessionResponse
	resp.Data.SessionURI = "http://127.0.0.1:8080/session/a.b.c?x=1#"
	resp.Data.SessionToken = "a+b&c=d/#?"
	const unknown = UnifiedAPI("time-travel") // to this version
	got, err := resp.IntegrationURI(unknown, "delorean_dmc-12")
	want := "http://127.0.0.1:8080/integrations/time-travel/delorean_dmc-12?jwt=a%2Bb%26c%3Dd%2F%23%3F"
	if got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestCreateSessionResponse_IntegrationURI_Invalid(t *testing.T) {
	var resp CreateSessionResponse
	resp.Data.SessionURI, resp.Data.SessionToken = testURI, testToken
	for _, segment := range []string{"", ".", "..", "a/b", "a?b", "a#b", "a b", "a\nb", "a\x7f", `a\b`} {
		_, err := resp.IntegrationURI(UnifiedAPICRM, segment)
		checkInvalid(t, err, "serviceID")
		_, err = resp.IntegrationURI(UnifiedAPI(segment), "salesforce")
		checkInvalid(t, err, "api")
	}
	_, err := new(CreateSessionResponse).IntegrationURI(UnifiedAPICRM, "salesforce")
	checkInvalid(t, err, "session_uri")
}
