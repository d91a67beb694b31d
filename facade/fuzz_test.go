package facade

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Whatever a server writes into Retry-After and Date, a call either stops or
// waits between the floor and 30 seconds.
func FuzzRetryAfter(f *testing.F) {
	const clock = "Wed, 21 Oct 2015 07:28:00 GMT"
	for _, value := range []string{"", "0", "1", "30", "31", " 5 ", "-1", "1.5", "NaN", "Inf", "0x10", "1e3", "9999999999",
		"99999999999999999999", clock, "Wednesday, 21-Oct-15 07:28:10 GMT", "Wed Oct 21 07:28:05 2015", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(value, "", uint8(1), false)
		f.Add(value, clock, uint8(200), true)
	}
	f.Add("5", "Mon, 01 Jan 0001 00:00:00 GMT", uint8(3), false)
	now := time.Date(2015, 10, 21, 7, 28, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value, date string, attempts uint8, limited bool) {
		h := http.Header{"Retry-After": {value}}
		if date != "" {
			h.Set("Date", date)
		}
		hint := retryAfter(h, now)
		if hint < 0 {
			t.Fatalf("retryAfter(%q, %q) = %v is negative", value, date, hint)
		}
		if h["Retry-After"] = append(h["Retry-After"], value); retryAfter(h, now) != 0 {
			t.Fatalf("%q, sent twice, is a hint", value)
		}
		status := http.StatusServiceUnavailable
		if limited {
			status = http.StatusTooManyRequests
		}
		c := &call{settings: settings{retry: DefaultRetryConfig()}, attempts: 1 + int(attempts)}
		wait, tooLong := c.wait(&apierrors.APIError{StatusCode: status, RetryAfter: hint})
		if tooLong != (hint > maxRetryAfter) {
			t.Fatalf("hint %v: tooLong is %v", hint, tooLong)
		}
		if !tooLong && (wait < minWait || wait < hint || wait > maxRetryAfter) {
			t.Fatalf("hint %v: wait %v is outside of [%v, %v]", hint, wait, max(minWait, hint), maxRetryAfter)
		}
	})
}

// Whatever an answer holds, Create returns a usable session or a typed error
// that is fit for a log.
func FuzzResponse(f *testing.F) {
	for _, body := range []string{goodBody, "", "null", "{}", "[]", `{"data":null}`, `{"data":{"session_uri":"x"}}`, "<html>" + canaryToken,
		`{"status_code":"200","data":{"session_uri":"` + canaryURI + `","session_token":"` + canaryToken + `"}}`,
		`{"DATA":{"Session_URI":"` + canaryURI + `","session_token":"\ud800"}}`, strings.Repeat("[", 10001), goodBody[:len(goodBody)-2],
		`{"data":{"session_uri":"javascript:alert(1)","session_token":"a"}}`, `{"data":{"session_uri":"https:///x","session_token":"a"}}`} {
		f.Add(uint16(200), body, "application/json", false)
		f.Add(uint16(201), body, "text/html", true)
	}
	f.Add(uint16(202), goodBody, "", false)
	f.Add(uint16(502), "<html>bad gateway", "text/html", false)
	f.Add(uint16(999), `{"message":"`+canaryKey+`"}`, canaryKey, false)
	f.Fuzz(func(t *testing.T, status uint16, body, contentType string, endsAtClose bool) {
		if status < 100 || status > 999 {
			return // net/http refuses any other
		}
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := reply(int(status), body)(req)
			resp.Header.Set("Content-Type", contentType)
			if endsAtClose {
				resp.Close, resp.ContentLength = true, -1
			}
			return resp, err
		})
		c := newFaultClient(t, transport.option(), attemptsOnly(1))
		out, err := c.Vault.Sessions.Create(t.Context(), Session{})
		if err == nil {
			// The path is the browser's: "%zz" in it is no reason to refuse.
			scheme, rest, _ := strings.Cut(out.Data.SessionURI, "://")
			host, _, _ := strings.Cut(rest, "/")
			if scheme = strings.ToLower(scheme); scheme != "https" && scheme != "http" || strings.Trim(host, "?#\\") == "" || strings.ContainsRune("?#", rune(host[0])) ||
				out.Data.SessionToken == "" || status != 200 && status != 201 {
				t.Fatalf("%d %q is taken for the session %q, %q", status, body, out.Data.SessionURI, out.Data.SessionToken)
			}
			out.ExpiresAt()
			return
		}
		if out != nil {
			t.Fatal("a session and an error")
		}
		text := err.Error()
		if len(text) > 512 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("not one line of at most 512 bytes: %q", text)
		}
		if strings.Contains(text, canaryKey) {
			t.Fatalf("the key is in %q", text)
		}
		switch err := err.(type) {
		case *apierrors.APIError:
			if err.StatusCode != int(status) || status == 200 || status == 201 {
				t.Fatalf("status %d became %v", status, err)
			}
		case *apierrors.InvalidResponseError:
			if string(err.Body()) != body && status != http.StatusSwitchingProtocols {
				t.Fatalf("Body is %q, want %q", err.Body(), body)
			}
			if strings.Contains(text, canaryToken) && !strings.Contains(contentType, canaryToken) {
				t.Fatalf("the token is in %q", text)
			}
		case *apierrors.TransportError:
			if !endsAtClose {
				t.Fatalf("a whole answer became %v", err)
			}
		default:
			t.Fatalf("error of type %T: %v", err, err)
		}
	})
}

// A key, an id and a base URL that New accepts arrive as they were given; one
// that it refuses is not in the message.
func FuzzInput(f *testing.F) {
	for _, id := range []string{"account:12345", "ops@example.com", " x", "x\t", "a\r\nX-Evil: 1", "é", "\x7f", "", strings.Repeat("a", 256), "a,b", `"q"`, "%0a"} {
		f.Add(canaryKey, id, "https://unify.apideck.com")
	}
	for _, base := range []string{"https://h", "http://127.0.0.1:1/prefix/", "http://[::1]:80", "https://user:hunter2-secret@h", "https://h?q", "https://h#f", "https://h/%2f/..",
		"HTTPS://H.EXAMPLE:443//", "https://h\\@evil", "https://vault.apideck.com.", "https://[fe80::1%25en0]", "https://h/a b", "//h", "https:h", "https://h:99999", "http://localhost.evil"} {
		f.Add("Bearer x", "id", base)
	}
	f.Fuzz(func(t *testing.T, key, id, base string) {
		var wire *http.Request
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			var written bytes.Buffer
			if err := req.Write(&written); err != nil {
				return nil, err
			}
			wire, _ = http.ReadRequest(bufio.NewReader(&written))
			if wire != nil {
				wire.URL.Scheme = req.URL.Scheme
			}
			return reply(200, goodBody)(req)
		})
		c, err := New(WithAPIKey(key), WithAppID("app"), WithConsumerID(id), WithBaseURL(base), transport.option())
		if err != nil {
			// Long enough not to be a word of the message by chance.
			for _, secret := range []string{key, id, base} {
				if len(secret) > 40 && strings.Contains(err.Error(), secret) {
					t.Fatalf("%q is in %q", secret, err)
				}
			}
			if u, parseErr := url.Parse(base); parseErr == nil && u.User != nil {
				if password, _ := u.User.Password(); len(password) > 12 && strings.Contains(err.Error(), password) {
					t.Fatalf("the password is in %q", err)
				}
			}
			return
		}
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Fatalf("New accepted %q, %q, %q, and Create says %v", key, id, base, err)
		}
		if wire == nil {
			t.Fatalf("%q, %q, %q makes a request that no server reads", key, id, base)
		}
		if got := wire.Header.Get("Authorization"); got != "Bearer "+key {
			t.Fatalf("key %q arrived as %q", key, got)
		}
		if got := wire.Header["X-Apideck-Consumer-Id"]; len(got) != 1 || got[0] != id {
			t.Fatalf("id %q arrived as %q", id, got)
		}
		if !strings.HasSuffix(wire.URL.Path, "/vault/sessions") || wire.URL.RawQuery != "" || len(wire.Host) == 0 {
			t.Fatalf("base %q became %q at %q", base, wire.URL, wire.Host)
		}
		if wire.URL.Scheme != "https" && (wire.URL.Scheme != "http" || !isLoopback((&url.URL{Host: wire.Host}).Hostname())) {
			t.Fatalf("base %q sends the key in clear to %q", base, wire.Host)
		}
	})
}

// For any history of calls and outcomes, failed retries stay within ten and a
// tenth of the calls that succeeded at once. Each byte of the script is one
// attempt's outcome.
func FuzzBudget(f *testing.F) {
	f.Add([]byte("\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"))
	f.Add([]byte("\x00\x01\x00\x01\x01\x00\x02\x03\x04\x05\x06\x07\x08\x09\x00\x00"))
	f.Add(bytes.Repeat([]byte{1, 1, 0}, 40))
	f.Add(bytes.Repeat([]byte{1, 4, 0, 0}, 40))
	f.Add(bytes.Repeat([]byte{1, 5}, 60))
	f.Add(bytes.Repeat([]byte{1, 6}, 60))
	f.Add(bytes.Repeat([]byte{1, 7}, 60))
	f.Add(bytes.Repeat([]byte{1, 8}, 60))
	f.Fuzz(func(t *testing.T, outcomes []byte) {
		if len(outcomes) > 300 {
			outcomes = outcomes[:300]
		}
		synctest.Test(t, func(t *testing.T) { playBudget(t, outcomes) })
	})
}

// playBudget makes calls until the outcomes are used up and checks the budget
// after each attempt.
func playBudget(t *testing.T, outcomes []byte) {
	var attempt, failedRetries, firstTry int
	var cancel context.CancelFunc
	transport := transportFunc(func(req *http.Request) (*http.Response, error) {
		attempt++
		outcome := byte(0)
		if len(outcomes) > 0 {
			outcome, outcomes = outcomes[0]%9, outcomes[1:]
		}
		failedBy := func(a answer) (*http.Response, error) {
			if attempt > 1 {
				failedRetries++
			}
			return a(req)
		}
		switch outcome {
		case 0:
			if attempt == 1 {
				firstTry++
			}
			return reply(200, goodBody)(req)
		case 1:
			return failedBy(reply(503, ""))
		case 2:
			return failedBy(fails(errors.New("reset")))
		case 3:
			return failedBy(reply(429, "", "Retry-After", "7"))
		case 4: // cancelled while the request is under way: not a failed retry
			cancel()
			return nil, req.Context().Err()
		case 5: // cancelled, but the answer was there already
			cancel()
			return failedBy(reply(503, ""))
		case 6: // a success status without a session
			return failedBy(reply(200, "<html>"))
		case 7: // the same, and cancelled
			cancel()
			return failedBy(reply(202, ""))
		default: // cancelled in the wait that follows
			time.AfterFunc(time.Millisecond, cancel)
			return failedBy(reply(500, ""))
		}
	})
	c := newFaultClient(t, transport.option())
	for calls := 0; len(outcomes) > 0; calls++ {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		attempt = 0
		c.Vault.Sessions.Create(ctx, Session{})
		cancel()
		left := retriesLeft(c)
		if left < 0 || left > budgetCapacity {
			t.Fatalf("the budget holds %d tenths", left)
		}
		if 10*failedRetries > budgetCapacity+firstTry {
			t.Fatalf("after %d calls %d retries failed and %d calls succeeded at once", calls+1, failedRetries, firstTry)
		}
	}
}
