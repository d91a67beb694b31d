package facade

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// checkOption checks that New and a call report a field of option for this reason.
func checkOption(t *testing.T, field string, option Option, reason string) {
	t.Helper()
	_, err := New(WithAPIKey("k"), WithAppID("a"), WithBaseURL("https://h"), option)
	checkReason(t, err, field, reason)
	_, err = createSession(t, newClient(t, newScript(t).option()), option)
	checkReason(t, err, field, reason)
}

func TestOption_InvalidValues(t *testing.T) {
	tests := []struct {
		field  string
		option Option
		reason string
	}{
		{"WithAPIKey", WithAPIKey(""), "not be empty"},
		{"WithAPIKey", WithAPIKey("Bearer secret"), "not begin with"},
		{"WithAPIKey", WithAPIKey("bearer"), "not begin with"},
		{"WithAPIKey", WithAPIKey(strings.Repeat("secret", 700)), "at most 4096 bytes"},
		{"WithAPIKeyFunc", WithAPIKeyFunc(nil), "not be nil"},
		{"WithHTTPClient", WithHTTPClient(nil), "not be nil"},
		{"WithTimeout", WithTimeout(0), "positive"},
		{"WithUserAgent", WithUserAgent(""), "not be empty"},
	}
	for _, test := range tests {
		t.Run(test.field, func(t *testing.T) { checkOption(t, test.field, test.option, test.reason) })
	}
}

func TestOption_InvalidCharacters(t *testing.T) { // row 62
	for _, char := range []string{"\r", "\n", "\x00", "\x7f"} {
		value := "secret" + char + "value"
		for field, option := range map[string]Option{
			"WithAPIKey":     WithAPIKey(value),
			"WithAppID":      WithAppID(value),
			"WithConsumerID": WithConsumerID(value),
			"WithHeader":     WithHeader("x-extra", value),
			"WithUserAgent":  WithUserAgent(value),
		} {
			t.Run(fmt.Sprintf("row 62 %s %q", field, char), func(t *testing.T) {
				checkOption(t, field, option, "must be printable ASCII")
			})
		}
	}
}

func TestOption_InvalidIDs(t *testing.T) { // row 63
	for id, reason := range map[string]string{
		"":                           "not be empty",
		" secret":                    "space",
		"secret ":                    "space",
		"sécret":                     "percent-encode",
		"a\x7f":                      "byte 1 is not",
		".":                          `must not be "."`,
		"..":                         `must not be "."`,
		strings.Repeat("secret", 43): "at most 255 bytes, not 258",
	} {
		t.Run(fmt.Sprintf("row 63 %.10q", id), func(t *testing.T) {
			checkOption(t, "WithAppID", WithAppID(id), reason)
			checkOption(t, "WithConsumerID", WithConsumerID(id), reason)
		})
	}
}

func TestWithHeader_InvalidNames(t *testing.T) {
	for name, reason := range map[string]string{
		"":                      "not a valid header name",
		"a b":                   "not a valid header name",
		"é":                     "not a valid header name",
		"X:":                    "not a valid header name",
		"authorization":         "set by WithAPIKey",
		"x-apideck-app-id":      "set by WithAppID",
		"X-Apideck-Consumer-ID": "set by WithConsumerID",
		"Host":                  "set by WithBaseURL",
		"User-Agent":            "set by WithUserAgent",
		"content-length":        "set by the client",
		"Proxy-Authorization":   "controls the connection",
		"idempotency-key":       "makes net/http send requests again",
	} {
		t.Run(name, func(t *testing.T) { checkOption(t, "WithHeader", WithHeader(name, "secret"), reason) })
	}
}

func TestWithHeader_AcceptsTokenCharacters(t *testing.T) {
	header := WithHeader("AZaz09!#$%&'*+-.^_`|~", "v")
	aSession(1).check(t, newClient(t, session.option(), header))
}

func TestWithConsumerID_IsSentUnchanged(t *testing.T) {
	for _, id := range []string{"account:1", "jane+a@example.com", "a b", `100%25,x;y="z"~`, strings.Repeat("x", 255)} {
		s := newScript(t, session)
		aSession(1).check(t, newClient(t, s.option()), WithConsumerID(id))
		if sent := s.sent("X-Apideck-Consumer-Id"); !slices.Equal(sent, []string{id}) {
			t.Errorf("%q was sent as %q", id, sent)
		}
	}
}

func TestWithConsumerID_EmptyIsReportedOnce(t *testing.T) {
	for _, c := range []*Client{newClient(t), newClient(t, WithConsumerID("other"))} {
		_, err := createSession(t, c, WithConsumerID(""))
		checkInvalid(t, err, "WithConsumerID")
	}
}

func TestWithHTTPClient_CopiesTheClient(t *testing.T) {
	own := &http.Client{Timeout: time.Minute, Transport: session}
	aSession(1).check(t, newClient(t, WithHTTPClient(own)))
	_, same := own.Transport.(roundTripFunc)
	if !same || own.CheckRedirect != nil || own.Timeout != time.Minute {
		t.Errorf("the client was changed: %+v", own)
	}
}

// Not parallel: it replaces a global.
func TestWithHTTPClient_DefaultTransportReplaced(t *testing.T) { // row 71
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = session

	own, nethttp := newClient(t, withAttempts(1)), newClient(t, WithHTTPClient(&http.Client{}))
	checkIs(t, aTransportError(1, "connection refused").check(t, own), syscall.ECONNREFUSED)
	aSession(1).check(t, nethttp)
}

func TestOption_ConcurrentCallsShareNoState(t *testing.T) { // the race detector watches
	c := newClient(t, session.option(), WithTimeout(time.Minute), WithHeader("X-A", "a"), WithUserAgent("a/1"))
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() { aSession(1).check(t, c, WithTimeout(time.Hour), WithHeader("X-A", "b")) })
	}
	calls.Wait()
}

func TestOption_OfACall(t *testing.T) {
	s := newScript(t, session, session)
	c := newClient(t, s.option(), WithHeader("X-Team", "a"))
	createSession(t, c, WithConsumerID("other"), WithAPIKey("other-key"), WithAppID("other-app"),
		WithHeader("X-Team", "b"), WithHeader("X-More", "c"), Option{})
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
