package facade

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Whatever Retry-After and Date hold, a call stops or waits for at least the
// hint and at most 30 s and a backoff.
func FuzzRetryAfter(f *testing.F) {
	const clock = "Wed, 21 Oct 2015 07:28:00 GMT"
	for _, value := range []string{"", "0", "1", "30", "31", " 5 ", "-1", "1.5", "NaN", "0x10", "1e3", "00A",
		"99999999999999999999", clock, "Wednesday, 21-Oct-15 07:28:10 GMT", "Wed Oct 21 07:28:05 2015",
		"Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(value, "", uint8(1), false)
		f.Add(value, clock, uint8(200), true)
	}
	f.Add("5", "Mon, 01 Jan 0001 00:00:00 GMT", uint8(3), false)
	f.Fuzz(func(t *testing.T, value, date string, attempt uint8, limited bool) {
		resp, _ := respond(503, "", "Retry-After", value, "Date", date)(nil)
		if limited {
			resp.StatusCode = http.StatusTooManyRequests
		}
		err := apierrors.NewAPIError("op", 1, resp, nil)
		hint := err.RetryAfter
		if hint < 0 || hint+time.Second < hint {
			t.Fatalf("Retry-After %q, Date %q: %v", value, date, hint)
		}

		policy := DefaultRetryConfig()
		policy.MaxAttempts = math.MaxInt
		c := &call{config: config{retry: policy}, budget: newBudget(), end: time.Now().Add(time.Hour)}
		backoff, ok := c.decide(t.Context(), int(attempt), err)
		if ok != (hint <= maxRetryAfter) {
			t.Fatalf("hint %v: retried is %v", hint, ok)
		}
		if ok && (backoff < hint+minBackoff || backoff > hint+policy.MaxInterval) {
			t.Fatalf("hint %v: backoff %v", hint, backoff)
		}
	})
}

var webURL = regexp.MustCompile(`(?i)^https?://[^/?#\\]`)

// Whatever a response holds, Create returns a usable session or a typed error
// without secrets in its one line.
func FuzzResponse(f *testing.F) {
	for _, body := range []string{
		sessionJSON, sessionJSON[:99], strings.Replace(sessionJSON, "200", `"200"`, 1), strings.ToUpper(sessionJSON),
		"", "null", "{}", "[]", strings.Repeat("[", 10001), "<html>" + testToken, `{"data":null}`,
		`{"data":{"session_uri":"` + testURI + `","session_token":"\ud800"}}`,
		`{"data":{"session_uri":"javascript:alert(1)","session_token":"a"}}`,
		`{"data":{"session_uri":"https:///x","session_token":"a"}}`,
		`{"data":{"session_uri":"https://h/%zz","session_token":"a"}}`} {
		f.Add(uint16(200), body, "application/json", false)
		f.Add(uint16(201), body, "text/html", true)
	}
	f.Add(uint16(202), sessionJSON, "", false)
	f.Add(uint16(502), "<html>bad gateway", "text/html", false)
	f.Add(uint16(999), `{"message":"`+testKey+`"}`, testKey, false)
	f.Fuzz(func(t *testing.T, status uint16, body, contentType string, untilClose bool) {
		if status < 100 || status > 999 {
			return // net/http does not pass on any other
		}
		c := newClient(t, withAttempts(1), roundTripFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := respond(int(status), body)(req)
			resp.Header.Set("Content-Type", contentType)
			if untilClose {
				resp.Close, resp.ContentLength = true, -1
			}
			return resp, err
		}).option())
		out, err := createSession(t, c)
		if err == nil {
			// The browser reads the path: "%zz" in it is no reason to reject the URI.
			if !webURL.MatchString(out.Data.SessionURI) || out.Data.SessionToken == "" || status/2 != 100 {
				t.Fatalf("%d %q is taken for the session %q, %q", status, body, out.Data.SessionURI, out.Data.SessionToken)
			}
			out.ExpiresAt()
			return
		}

		checkError(t, err)
		switch err := err.(type) {
		case *apierrors.APIError:
			if err.StatusCode != int(status) || status/100 == 2 {
				t.Fatalf("status %d became %v", status, err)
			}
		case *apierrors.InvalidResponseError:
			if string(err.Body()) != body && status != http.StatusSwitchingProtocols {
				t.Fatalf("Body is %q, want %q", err.Body(), body)
			}
		case *apierrors.TransportError:
			if !untilClose {
				t.Fatalf("a complete response became %v", err)
			}
		}
	})
}

// A key, an id and a base URL that New accepts are sent as they are; one that it
// rejects is not in the message.
func FuzzInput(f *testing.F) {
	for _, id := range []string{"a:1", "a@b.c", " x", "x\t", "a\r\nX-Evil: 1", "é", "\x7f", strings.Repeat("a", 256)} {
		f.Add(testKey, id, "https://unify.apideck.com")
	}
	for _, base := range []string{
		"https://h", "http://127.0.0.1:1/prefix/", "http://[::1]:80", "https://user:hunter2@h", "https://h?q", "https://h#f",
		"https://h/%2f/..", "HTTPS://H.EXAMPLE:443//", "https://h\\@evil", "https://vault.apideck.com.", "https://h/a b",
		"//h", "https:h", "https://h:99999", "http://localhost.evil", "http://[::10::]",
		"https://00000\"000000000000",     // net/http sent an empty Host
		"https://[fe80::1%25e\xa2\xa2]"} { // a zone that is not UTF-8 made every call fail
		f.Add("Bearer x", "id", base)
		f.Add("key", "id", base)
	}
	f.Fuzz(func(t *testing.T, key, id, base string) {
		var wire *http.Request
		transport := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			var written bytes.Buffer
			if err := req.Write(&written); err != nil {
				return nil, err
			}
			wire, _ = http.ReadRequest(bufio.NewReader(&written))
			if wire != nil {
				wire.URL.Scheme = req.URL.Scheme
			}
			return session(req)
		})
		c, err := New(transport.option(), WithAppID("app"),
			WithAPIKey(key), WithConsumerID(id), WithBaseURL(base))
		if err != nil {
			for _, secret := range []string{key, id, base} {
				long := len(secret) > 40 // not a word of the message by chance
				if long && strings.Contains(err.Error(), secret) {
					t.Fatalf("%q is in %q", secret, err)
				}
			}
			return
		}
		if _, err := createSession(t, c); err != nil || wire == nil {
			t.Fatalf("New accepted %q, %q, %q, and Create says %v", key, id, base, err)
		}
		sent := append(wire.Header["Authorization"], wire.Header["X-Apideck-Consumer-Id"]...)
		if !slices.Equal(sent, []string{"Bearer " + key, id}) {
			t.Fatalf("key %q and id %q were sent as %q", key, id, sent)
		}
		if !strings.HasSuffix(wire.URL.Path, "/vault/sessions") || wire.URL.RawQuery != "" || len(wire.Host) == 0 {
			t.Fatalf("base %q became %q at %q", base, wire.URL, wire.Host)
		}
		host := (&url.URL{Host: wire.Host}).Hostname()
		loopback := strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
		if wire.URL.Scheme != "https" && !loopback {
			t.Fatalf("base %q sends the key in clear to %q", base, wire.Host)
		}
	})
}

// For any history the failed retries stay within the budget. Each byte of the
// script is the outcome of one attempt.
func FuzzBudget(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1}, 300))
	f.Add([]byte("\x00\x01\x00\x01\x01\x00\x02\x03\x04\x05\x06\x07\x08\x09\x00\x00"))
	for _, history := range []string{"\x01\x01\x00", "\x01\x04\x00\x00", "\x01\x05", "\x01\x06", "\x01\x07", "\x01\x08"} {
		f.Add(bytes.Repeat([]byte(history), 60))
	}
	f.Fuzz(func(t *testing.T, outcomes []byte) {
		outcomes = outcomes[:min(len(outcomes), 300)]
		bubble(t, func(t *testing.T) { playBudget(t, outcomes) })
	})
}

// attemptOutcomes are what an attempt may come to in FuzzBudget.
var attemptOutcomes = []struct {
	transport         roundTripFunc
	succeeds          bool // for the budget, as any 2xx status does
	fails             bool
	canceled          bool // before the response has been read
	canceledInBackoff bool
}{
	{transport: session, succeeds: true},
	{transport: down, fails: true},
	{transport: fail(errors.New("reset")), fails: true},
	{transport: respond(429, "", "Retry-After", "7"), fails: true},
	{transport: hang, canceled: true},
	{transport: down, fails: true, canceled: true},
	{transport: respond(200, "<html>"), succeeds: true},
	{transport: respond(202, sessionJSON), succeeds: true, canceled: true},
	{transport: down, fails: true, canceledInBackoff: true},
}

// playBudget makes calls until the outcomes are used up and checks the budget
// after each.
func playBudget(t *testing.T, outcomes []byte) {
	var attempt, failedRetries, firstTry int
	var cancel context.CancelFunc
	c := newClient(t, WithLogger(nil), roundTripFunc(func(req *http.Request) (*http.Response, error) {
		attempt++
		outcome := attemptOutcomes[0]
		if len(outcomes) > 0 {
			outcome = attemptOutcomes[int(outcomes[0])%len(attemptOutcomes)]
			outcomes = outcomes[1:]
		}

		if outcome.succeeds && attempt == 1 {
			firstTry++
		}
		if outcome.fails && attempt > 1 {
			failedRetries++
		}
		if outcome.canceled {
			cancel()
		}
		if outcome.canceledInBackoff {
			time.AfterFunc(time.Millisecond, cancel)
		}
		return outcome.transport(req)
	}).option())

	start := time.Now()
	for calls := 1; len(outcomes) > 0; calls++ {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		attempt = 0
		c.Vault.Sessions.Create(ctx, Session{})
		cancel()
		if left := c.budget.retries; left < 0 || left > budgetCapacity {
			t.Fatalf("the budget holds %v retries", left)
		}
		most := budgetCapacity + float64(firstTry)/10 + time.Since(start).Seconds()/10
		if float64(failedRetries) > most {
			t.Fatalf("after %d calls %d retries failed, at most %v may", calls, failedRetries, most)
		}
	}
}
