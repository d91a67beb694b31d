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
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

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
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		resp := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: h}
		err := apierrors.NewAPIError("op", 1, resp, nil)
		hint := err.RetryAfter
		if hint < 0 || hint+time.Second < hint {
			t.Fatalf("Retry-After %q, Date %q: %v", value, date, hint)
		}
		if h.Add("Retry-After", value); apierrors.NewAPIError("op", 1, resp, nil).RetryAfter != 0 {
			t.Fatalf("%q, sent twice, is a hint", value)
		}
		if limited {
			err.StatusCode = http.StatusTooManyRequests
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
			scheme, rest, _ := strings.Cut(out.Data.SessionURI, "://")
			host, _, _ := strings.Cut(rest, "/")
			web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
			web = web && strings.Trim(host, "?#\\") != "" && !strings.ContainsAny(host[:1], "?#")
			if !web || out.Data.SessionToken == "" || status/2 != 100 {
				t.Fatalf("%d %q is taken for the session %q, %q", status, body, out.Data.SessionURI, out.Data.SessionToken)
			}
			out.ExpiresAt()
			return
		}
		text := err.Error()
		if len(text) > 512 || strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, testKey) {
			t.Fatalf("not one line of at most 512 bytes without the key: %q", text)
		}
		switch err := err.(type) {
		case *apierrors.APIError:
			if err.StatusCode != int(status) || status/100 == 2 {
				t.Fatalf("status %d became %v", status, err)
			}
		case *apierrors.InvalidResponseError:
			if string(err.Body()) != body && status != http.StatusSwitchingProtocols {
				t.Fatalf("Body is %q, want %q", err.Body(), body)
			}
			if strings.Contains(text, testToken) && !strings.Contains(contentType, testToken) {
				t.Fatalf("the token is in %q", text)
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
			secrets := []string{key, id, base}
			if u, err := url.Parse(base); err == nil && u.User != nil {
				password, _ := u.User.Password()
				secrets = append(secrets, password)
			}
			for _, secret := range secrets { // long enough not to be a word of the message by chance
				if len(secret) > 40 && strings.Contains(err.Error(), secret) {
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

// What an attempt comes to in FuzzBudget.
const (
	created = iota
	unavailable
	reset
	rateLimited
	canceledBefore // the response
	canceledAfter  // a 503
	page           // with status 200
	accepted       // 202, and canceled after it
	canceledInBackoff
	attemptOutcomes
)

// playBudget makes calls until the outcomes are used up and checks the budget
// after each.
func playBudget(t *testing.T, outcomes []byte) {
	var attempt, failedRetries, firstTry int
	var cancel context.CancelFunc
	responses := map[byte]roundTripFunc{
		created:           session,
		unavailable:       down,
		reset:             fail(errors.New("reset")),
		rateLimited:       respond(429, "", "Retry-After", "7"),
		canceledBefore:    hang,
		canceledAfter:     down,
		page:              respond(200, "<html>"),
		accepted:          respond(202, sessionJSON),
		canceledInBackoff: down,
	}
	c := newClient(t, WithLogger(nil), roundTripFunc(func(req *http.Request) (*http.Response, error) {
		attempt++
		outcome := byte(created)
		if len(outcomes) > 0 {
			outcome, outcomes = outcomes[0]%attemptOutcomes, outcomes[1:]
		}
		switch outcome {
		case canceledBefore, canceledAfter, accepted:
			cancel()
		case canceledInBackoff:
			time.AfterFunc(time.Millisecond, cancel)
		}
		switch outcome {
		case created, page, accepted: // a 2xx status is a success for the budget
			if attempt == 1 {
				firstTry++
			}
		case canceledBefore: // not a failed retry
		default:
			if attempt > 1 {
				failedRetries++
			}
		}
		return responses[outcome](req)
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
