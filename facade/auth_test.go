package facade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

var errNoKey = errors.New("the key store is sealed")

// withKeys gives the attempts these API keys in order, and then errNoKey.
func withKeys(keys ...string) Option {
	return WithAPIKeyFunc(func(context.Context) (key string, err error) {
		if len(keys) == 0 {
			return "", errNoKey
		}
		key, keys = keys[0], keys[1:]
		return key, nil
	})
}

func TestCheckAPIKey_MaximumLength(t *testing.T) {
	longest := strings.Repeat("k", maxKey)
	checkInvalid(t, checkAPIKey("WithAPIKey", longest))
	checkInvalid(t, checkAPIKey("WithAPIKey", longest+"k"), "WithAPIKey")
}

func TestWithAPIKeyFunc_IsCalledForEachAttempt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newScript(t, down, down, session)
		aSession(3).check(t, newClient(t, s.option(), withKeys("key-1", "key-2", "key-3")))
		want := []string{"Bearer key-1", "Bearer key-2", "Bearer key-3"}
		if sent := s.sent("Authorization"); !slices.Equal(sent, want) {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestWithAPIKeyFunc_ErrorEndsTheCall(t *testing.T) {
	for attempts := range 3 {
		inBubble(t, fmt.Sprintf("after %d attempts", attempts), func(t *testing.T) {
			keys := slices.Repeat([]string{testKey}, attempts)
			steps := slices.Repeat([]roundTripFunc{down}, attempts)
			c := newClient(t, newScript(t, steps...).option(), withKeys(keys...))

			want := aTransportError(attempts, "WithAPIKeyFunc: the key store is sealed")
			err := want.check(t, c)
			checkIs(t, err, errNoKey)
			if errors.Is(err, apierrors.ErrServer) != (attempts > 0) {
				t.Errorf("the failure of the attempt before is not in %v", err)
			}
			checkBudget(t, c, budgetCapacity-float64(max(attempts-1, 0))) // one was not sent
		})
	}
}

func TestWithAPIKeyFunc_InvalidKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const key = "Bearer " + testKey
		c := newClient(t, newScript(t, down).option(), withKeys("key-1", key, key))
		for _, attempts := range []int{1, 0} { // after a rotation, and at once
			err := aTransportError(attempts, "WithAPIKeyFunc: ").check(t, c)
			invalid, ok := errors.AsType[*apierrors.ValidationError](err)
			if !ok || invalid.Field != "WithAPIKeyFunc" {
				t.Errorf("got %v", err)
			}
		}
		checkBudget(t, c, budgetCapacity)
	})
}

func TestWithAPIKeyFunc_CountsTowardsTheTimeout(t *testing.T) { // row 84
	for returned, want := range map[error]error{nil: context.DeadlineExceeded, errNoKey: errNoKey} {
		inBubble(t, fmt.Sprintf("it returns the error %v", returned), func(t *testing.T) {
			slow := WithAPIKeyFunc(func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return testKey, returned
			})
			c := newClient(t, newScript(t).option(), WithTimeout(3*time.Second), slow)

			err := aTransportError(0, "WithAPIKeyFunc").checkTimed(t, c, atOnce.after(3*time.Second))
			checkIs(t, err, want)
		})
	}
}

// callWithKeys returns a call that has used these keys.
func callWithKeys(keys ...string) *call {
	c := new(call)
	for _, key := range keys {
		c.rememberKey(key)
	}
	return c
}

func TestCallRedactText(t *testing.T) {
	tests := []struct {
		name string
		keys []string
		text string
		want string
	}{
		{"no key yet", nil, "sk_live_1", "sk_live_1"},
		{"every occurrence", []string{"sk_live_1"}, "sk_live_1 sk_live_1", "[API key] [API key]"},
		{"every key", []string{"sk_live_1", "sk_live_2"}, "sk_live_1 sk_live_2", "[API key] [API key]"},
		{"a key that begins with another", []string{"sk_live_1", "sk_live_12"}, "sk_live_12", "[API key]"},
		{"8 bytes", []string{"12345678"}, "id 12345678", "id [API key]"},
		{"7 bytes, which may be a word", []string{"1234567"}, "id 1234567", "id 1234567"},
		{"7 bytes in the header's value", []string{"1234567"}, "Bearer 1234567", "[API key]"},
		{"backslashes", []string{`ab\\cd\efgh`}, `key ab\\cd\efgh.`, "key [API key]."},
		{"a backslash at the end", []string{"sk_live_1"}, `sk_live_1\`, `[API key]\`},
		{"escaped backslashes", []string{`ab\\cd\efgh`}, `key ab\\\\cd\\efgh.`, "key [API key]."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := callWithKeys(test.keys...).redactText(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCallRedactError(t *testing.T) {
	c := callWithKeys(testKey)
	clean := errors.New("refused")
	if got := c.redactError(clean); got != clean {
		t.Errorf("an error without a key is replaced by %v", got)
	}

	tests := []struct {
		name      string
		cause     error
		permanent bool
		timeout   bool
	}{
		{"temporary", clean, false, false},
		{"permanent", &net.DNSError{IsNotFound: true}, true, false},
		{"timeout", context.DeadlineExceeded, false, true},
	}
	for _, test := range tests {
		got := c.redactError(fmt.Errorf("cannot send %s: %w", testKey, test.cause))
		if got.Error() != "cannot send [API key]: "+test.cause.Error() || errors.Unwrap(got) != nil {
			t.Errorf("%s: got %v, which wraps %v", test.name, got, errors.Unwrap(got))
		}
		checkIs(t, got, test.cause)
		err := &apierrors.TransportError{Err: got}
		if apierrors.Temporary(err) == test.permanent || err.Timeout() != test.timeout {
			t.Errorf("%s: temporary %v, timeout %v", test.name, apierrors.Temporary(err), err.Timeout())
		}
	}
}

func TestCallRedactHeader(t *testing.T) {
	c := callWithKeys(testKey)
	original := http.Header{
		"Location": {"https://elsewhere.test/?token=" + testToken},
		"X-Echo":   {"Bearer " + testKey, "other"},
	}
	got := c.redactHeader(original)
	if got.Get("Location") != "" || !slices.Equal(got["X-Echo"], []string{"Bearer [API key]", "other"}) {
		t.Errorf("got %v", got)
	}
	if original.Get("Location") == "" || original["X-Echo"][0] != "Bearer "+testKey {
		t.Errorf("the original is changed to %v", original)
	}

	got = c.redactHeader(http.Header{"Location": {""}})
	if len(got) != 0 {
		t.Errorf("an empty Location became %v", got)
	}

	clean := http.Header{"X-Echo": {"other"}}
	c.redactHeader(clean).Set("X-Same", "1")
	if clean.Get("X-Same") == "" {
		t.Error("headers without a key are copied")
	}
}

func TestCallRedactBody(t *testing.T) { // row 92
	c := callWithKeys("a1B2c3/d4E5f6<")
	for _, echo := range []string{
		"a1B2c3/d4E5f6<",         // as it is
		`a1B2c3/d4E5f6\u003c`,    // Go
		`a1B2c3\/d4E5f6<`,        // PHP
		`a1B2c3\\\/d4E5f6\u003C`, // PHP's JSON in JSON
	} {
		body := `{"message":"no such key ` + echo + `","path":"C:\\n\/"}`
		want := `{"message":"no such key [API key]","path":"C:\\n\/"}`
		if got := string(c.redactBody([]byte(body))); got != want {
			t.Errorf("%s is redacted as %s", body, got)
		}
	}
}

func TestEscapedLen(t *testing.T) {
	tests := []struct {
		key, text string
		want      int
	}{
		{"a/+", `a/+`, 3},
		{"a/+", `a/+b`, 3},
		{"a/+", `a\/+`, 4},
		{"a/+", `a\\\/+`, 6},
		{"a/+", `a\\\\\\\/+`, 10},
		{"a/+", `a/\u002b`, 8},
		{"a/+", `a/\u002B`, 8},
		{"a/+", `a\\u002f+`, 9},
		{"a/+", `\u0061\u002f\u002b`, 18},
		{`a"b`, `a\"b`, 4},
		{"a/+", ``, 0},
		{"a/+", `a/`, 0},
		{"a/+", `a-+`, 0},
		{"a/+", `A/+`, 0},
		{"a/+", `ba/+`, 0},
		{"a/+", `au002f+`, 0},
		{"a/+", `a\u002c+`, 0},
		{"a/+", `a\u002`, 0},
	}
	for _, test := range tests {
		if got := escapedLen(test.text, test.key); got != test.want {
			t.Errorf("%s in %s: got %d, want %d", test.key, test.text, got, test.want)
		}
	}
}

func TestSessionsCreate_RedactsAnEchoOfTheKey(t *testing.T) { // row 92
	bubble(t, func(t *testing.T) {
		const key, echo = "a1B2c3/d4E5f6<", `a1B2c3\/d4E5f6\u003C`
		body := strings.ReplaceAll(`{"message":"KEY","error":"KEY","type_name":"KEY","ref":"KEY",
			"detail":{"a":{"KEY":["KEY"]}},"downstream_errors":[{"message":"KEY","code":"KEY"}]}`,
			"KEY", echo)
		var log bytes.Buffer
		c := newClient(t, respond(503, body, "X-Apideck-Request-Id", key, "X-Echo", key).option(),
			WithAPIKey(key), WithLogger(slog.New(slog.NewTextHandler(&log, nil))))

		e, ok := anAPIError(503, 3).check(t, c).(*apierrors.APIError)
		if !ok {
			return
		}
		all := fmt.Sprint(e.Title, e.TypeName, e.Message, e.Ref, e.Detail.Text(), e.Detail.Fields(),
			e.DownstreamErrors, e.RequestID, e.Header, e, &log)
		if strings.Contains(all, key) || strings.Contains(string(e.Body()), echo) {
			t.Errorf("the key is in %s", all)
		}
		if e.Message != redactedKey {
			t.Errorf("the message is %q", e.Message)
		}
	})
}

func TestSessionsCreate_RedactsTheKeyOfTheAttemptBefore(t *testing.T) { // row 92
	bubble(t, func(t *testing.T) {
		late := respond(401, `{"message":"`+testKey+`"}`, "X-Echo", testKey)
		c := newClient(t, newScript(t, down, late).option(), withKeys(testKey, "another-key"))
		e, ok := anAPIError(401, 2).check(t, c).(*apierrors.APIError)
		if !ok || e.Message != redactedKey || e.Header.Get("X-Echo") != redactedKey {
			t.Errorf("got %#v", e)
		}
	})
}
