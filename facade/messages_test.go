package facade_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// wantMessage checks how many attempts err reports, and matches its text.
func wantMessage(t *testing.T, err error, attempts int, pattern string) {
	t.Helper()
	if err == nil || attemptsOf(err) != attempts || !regexp.MustCompile(pattern).MatchString(err.Error()) {
		t.Errorf("got %q after %d attempts, want %d and a message like\n%s", err, attemptsOf(err), attempts, pattern)
	}
}

func TestAPIError_MessageHasTheDetail(t *testing.T) {
	long := strings.Repeat("d", 400)
	for body, pattern := range map[string]string{
		`{"message":"Invalid","type_name":"T","detail":"not allowed"}`:     `Invalid: not allowed \(T\)$`,
		`{"message":"Invalid","detail":{ "theme": "bad"}}`:                 `Invalid: \{"theme":"bad"\}$`,
		`{"detail":"no consumer"}`:                                         `no consumer$`,
		`{"message":"Invalid","type_name":"T","detail":"a\n` + long + `"}`: `Invalid: a d{140,155}… \(T\)$`,
	} {
		_, err := createSession(t, newClient(t, respond(400, body).option()))
		wantMessage(t, err, 1, "^apideck: POST /vault/sessions: 400 Bad Request: "+pattern)
	}
	for _, status := range []int{301, 302, 308} {
		_, err := createSession(t, newClient(t, respond(status, "", "Location", "https://other.test/").option()))
		wantMessage(t, err, 1, "redirects are not followed")
	}
}

func TestInvalidResponseError_ReasonOfAMissingValue(t *testing.T) {
	for body, reason := range map[string]string{
		`{"data":{"session_uri":5,"session_token":"t"}}`:                  "session_uri is missing or not a string",
		`{"data":{"session_uri":"https://a.test","session_token":["t"]}}`: "session_token is missing or not a string",
	} {
		_, err := createSession(t, newClient(t, respond(200, body).option()))
		if e, ok := err.(*apierrors.InvalidResponseError); !ok || e.Reason != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
}

func TestTransportError_Message(t *testing.T) {
	for _, test := range []struct {
		transport roundTrip
		keys      []string
		attempts  int
		pattern   string
	}{
		{fail(errors.New("cut")), []string{"1", "2", "3"}, 3, `^apideck: POST /vault/sessions: cut \(3 attempts\)$`},
		{session, nil, 0, `^apideck: POST /vault/sessions: not sent: WithAPIKeyFunc: the key store is sealed$`},
		{respond(503, `{"message":"busy"}`), []string{"1"}, 1,
			`^apideck: POST /vault/sessions: WithAPIKeyFunc: the key store is sealed; last failure: .*503 .*: busy`},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := createSession(t, newClient(t, test.transport.option(), withKeys(test.keys...)))
			wantMessage(t, err, test.attempts, test.pattern)
		})
	}
}
