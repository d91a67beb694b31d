package facade_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

func TestOption_InvalidValues(t *testing.T) {
	type test struct {
		row    int
		name   string
		option facade.Option
		reason string
	}
	tests := []test{
		{0, "WithAPIKey", facade.WithAPIKey(""), "not be empty"},
		{0, "WithAPIKey", facade.WithAPIKey("Bearer secret"), "not begin with"},
		{0, "WithAPIKey", facade.WithAPIKey("bearer"), "not begin with"},
		{0, "WithAPIKeyFunc", facade.WithAPIKeyFunc(nil), "not be nil"},
		{0, "WithHTTPClient", facade.WithHTTPClient(nil), "not be nil"},
		{0, "WithTimeout", facade.WithTimeout(0), "positive"},
		{0, "WithUserAgent", facade.WithUserAgent(""), "not be empty"},
		{0, "WithRetries", facade.WithRetries(facade.RetryConfig{}), "means no retry"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.InitialInterval = 0 }), "InitialInterval"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.MaxInterval = 1 }), "MaxInterval"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.Exponent = 0.5 }), "Exponent"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.MaxElapsedTime = -1 }), "MaxElapsedTime"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.StatusCodes = []int{399} }), "StatusCodes"},
		{0, "WithRetries", withRetries(func(c *facade.RetryConfig) { c.StatusCodes = []int{600} }), "StatusCodes"},
	}
	for key, reason := range map[string]string{
		"": "not a valid header name", "a b": "not a valid header name", "é": "not a valid header name",
		"authorization": "set by WithAPIKey", "x-apideck-app-id": "set by WithAppID", "Host": "set by WithBaseURL",
		"X-Apideck-Consumer-ID": "set by WithConsumerID", "User-Agent": "set by WithUserAgent",
		"Proxy-Authorization": "set by the client", "Accept-Encoding": "set by the client",
		"content-length": "set by the client",
	} {
		tests = append(tests, test{0, "WithHeader", facade.WithHeader(key, "secret"), reason})
	}
	for _, c := range []string{"\r", "\n", "\x00", "\x7f"} {
		value := "secret" + c + "value"
		const reason = "printable ASCII"
		tests = append(tests, test{62, "WithAPIKey", facade.WithAPIKey(value), reason},
			test{62, "WithAppID", facade.WithAppID(value), reason},
			test{62, "WithConsumerID", facade.WithConsumerID(value), reason},
			test{62, "WithHeader", facade.WithHeader("x-extra", value), "X-Extra must be printable ASCII"},
			test{62, "WithUserAgent", facade.WithUserAgent(value), reason})
	}
	for value, reason := range map[string]string{
		"": "not be empty", " secret": "space", "secret ": "space", "sécret": "printable",
		strings.Repeat("secret", 43): "at most 255",
	} {
		tests = append(tests, test{63, "WithAppID", facade.WithAppID(value), reason},
			test{63, "WithConsumerID", facade.WithConsumerID(value), reason})
	}
	for i, test := range tests {
		t.Run(fmt.Sprintf("row %d %s %d", test.row, test.name, i), func(t *testing.T) {
			_, atNew := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), facade.WithBaseURL("https://h"), test.option)
			_, atCall := createSession(t, newClient(t, newScript(t).option()), test.option)
			wantReason(t, atNew, test.name, test.reason)
			wantReason(t, atCall, test.name, test.reason)
		})
	}
}

func TestWithConsumerID_IsSentUnchanged(t *testing.T) {
	for _, id := range []string{"account:1", "jane+a@example.com", "a b", `100%25,x;y="z"~`, strings.Repeat("x", 255)} {
		s := newScript(t, session)
		_, err := createSession(t, newClient(t, s.option()), facade.WithConsumerID(id))
		if sent := s.sent("X-Apideck-Consumer-Id"); err != nil || sent[0] != id {
			t.Errorf("%q was sent as %q, %v", id, sent, err)
		}
	}
}

func TestWithHTTPClient_CopiesTheClient(t *testing.T) {
	own := &http.Client{Timeout: time.Minute, Transport: session}
	if _, err := createSession(t, newClient(t, facade.WithHTTPClient(own))); err != nil {
		t.Fatal(err)
	}
	if _, same := own.Transport.(roundTrip); !same || own.CheckRedirect != nil || own.Timeout != time.Minute {
		t.Errorf("the client was changed: %+v", own)
	}
}

func TestWithHeader_AcceptsTokenCharacters(t *testing.T) {
	t.Parallel()
	c := newClient(t, session.option())
	for _, key := range []string{"AZaz09!#$%&'*+-.^_`|~", "Z"} {
		if _, err := createSession(t, c, facade.WithHeader(key, "v")); err != nil {
			t.Error(err)
		}
	}
	for _, neighbor := range "/:@[{" {
		_, err := createSession(t, c, facade.WithHeader("X"+string(neighbor), "v"))
		wantInvalid(t, err, "WithHeader")
	}
}

func TestOption_ConcurrentCallsShareNoState(t *testing.T) { // the race detector watches
	c := newClient(t, session.option(), facade.WithTimeout(time.Minute), facade.WithHeader("X-A", "a"),
		facade.WithUserAgent("a/1"))
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if _, err := createSession(t, c, facade.WithTimeout(time.Second), facade.WithHeader("X-A", "b")); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}
