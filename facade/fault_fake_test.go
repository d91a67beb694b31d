package facade

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// The faults of this file come from a transport that plays a script, on the
// virtual clock of testing/synctest. The row numbers are those of FAULTS.md.

// backoff bounds a jittered wait between two attempts; limited the one after a
// 429.
const (
	backoff = 100 * time.Millisecond
	limited = time.Second
)

// outcome is what a call must come to.
type outcome struct {
	session  bool          // a session
	status   int           // else an *APIError of this status
	invalid  int           // else an *InvalidResponseError of this status
	is       error         // else a *TransportError with this in its chain
	attempts int           // sent, reported, and scripted
	min, max time.Duration // how long it took on the virtual clock
	says     string        // part of the message
}

// check compares what Create returned with o.
func (o outcome) check(tb testing.TB, out *CreateSessionResponse, err error, took time.Duration) {
	tb.Helper()
	if took < o.min || took > o.max {
		tb.Errorf("took %v, want between %v and %v", took, o.min, o.max)
	}
	if o.session {
		if err != nil {
			tb.Fatalf("no session: %v", err)
		}
		if out.Data.SessionURI != canaryURI || out.Data.SessionToken != canaryToken || out.Attempts != o.attempts {
			tb.Errorf("got the session %q, %q after %d attempts, want %d", out.Data.SessionURI, out.Data.SessionToken, out.Attempts, o.attempts)
		}
		checkNoCanary(tb, "response", prints(out)+prints(*out))
		return
	}
	if err == nil || out != nil {
		tb.Fatalf("got %v, %v, want an error alone", out, err)
	}
	checkError(tb, err)
	if !strings.Contains(err.Error(), o.says) {
		tb.Errorf("message %q does not say %q", err, o.says)
	}
	if attemptsOf(err) != o.attempts {
		tb.Errorf("error reports %d attempts, want %d: %v", attemptsOf(err), o.attempts, err)
	}
	switch e := err.(type) {
	case *apierrors.APIError:
		if o.status == 0 || e.StatusCode != o.status {
			tb.Errorf("got *APIError %v, want %+v", err, o)
		}
	case *apierrors.InvalidResponseError:
		if o.invalid == 0 || e.StatusCode != o.invalid {
			tb.Errorf("got *InvalidResponseError %v, want %+v", err, o)
		}
	case *apierrors.TransportError:
		if o.is == nil || o.is != errAny && !errors.Is(err, o.is) {
			tb.Errorf("got *TransportError %v, want %+v", err, o)
		}
	default:
		tb.Errorf("got %T %v", err, err)
	}
}

// fakeFault is a row that a script of answers shows.
type fakeFault struct {
	row     int
	name    string
	answers []answer
	want    outcome
}

func TestFaultsOfAnswers(t *testing.T) {
	t.Parallel()
	ok := reply(200, goodBody)
	once := func(a answer) []answer { return []answer{a} }
	then := func(a ...answer) []answer { return append(a, ok) }
	retried := outcome{session: true, attempts: 2, min: minWait, max: backoff}
	dns := func(e net.DNSError) answer {
		return fails(&net.OpError{Op: "dial", Net: "tcp", Err: &e})
	}

	rows := []fakeFault{
		{2, "a name that does not exist", once(dns(net.DNSError{Err: "no such host", Name: "h", IsNotFound: true})), outcome{is: errAny, attempts: 1, says: "no such host"}},
		{3, "temporary DNS failure", then(dns(net.DNSError{Err: "server misbehaving", Name: "h", IsTemporary: true})), retried},
		{3, "DNS timeout", then(dns(net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true})), retried},
		{1, "refused again and again", []answer{fails(refused), fails(refused), fails(refused)}, outcome{is: syscall.ECONNREFUSED, attempts: 3, min: 2 * minWait, max: 3 * backoff, says: "3 attempts"}},
		{4, "a dial that timed out", then(fails(&net.OpError{Op: "dial", Net: "tcp", Err: timeoutError{}})), retried},
		{7, "a certificate that does not verify", once(fails(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})), outcome{is: errAny, attempts: 1}},
		{8, "a TLS alert", once(fails(&net.OpError{Op: "remote error", Err: tls.AlertError(70)})), outcome{is: tls.AlertError(70), attempts: 1}},
		{9, "HTTP on the port of HTTPS", once(fails(http.ErrSchemeMismatch)), outcome{is: http.ErrSchemeMismatch, attempts: 1}},

		{19, "invalid JSON", once(reply(200, `{"data": oops, "`+canaryToken+`"}`)), outcome{invalid: 200, attempts: 1, says: "not JSON"}},
		{20, "a captive portal", once(reply(200, "<html>"+canaryToken, "Content-Type", "text/html")), outcome{invalid: 200, attempts: 1, says: "not JSON"}},
		{21, "502 with a page, then a session", then(reply(502, "<html>bad gateway</html>")), retried},
		{22, "an error object with 200", once(reply(200, `{"status_code":401,"error":"Unauthorized","message":"m"}`)), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{22, "null", once(reply(200, "null")), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{22, "an empty object", once(reply(200, "{}")), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{22, "data null", once(reply(200, `{"data":null}`)), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{22, "an array", once(reply(200, `[]`)), outcome{invalid: 200, attempts: 1}},
		{22, "a token alone", once(reply(200, `{"data":{"session_token":"`+canaryToken+`"}}`)), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{22, "a URI alone", once(reply(200, `{"data":{"session_uri":"`+canaryURI+`"}}`)), outcome{invalid: 200, attempts: 1, says: "session_token is missing"}},
		{22, "session_url for session_uri", once(reply(200, strings.Replace(goodBody, "session_uri", "session_url", 1))), outcome{invalid: 200, attempts: 1, says: "session_uri is missing"}},
		{23, "204", once(reply(204, "")), outcome{invalid: 204, attempts: 1}},
		{23, "200 without a body", once(reply(200, "")), outcome{invalid: 200, attempts: 1, says: "empty"}},
		{24, "201 with a session", once(reply(201, goodBody)), outcome{session: true, attempts: 1}},
		{24, "200 with fields of another type and more of them", once(reply(200, strings.Replace(goodBody, `"status_code":200`, `"status_code":"200","new":{}`, 1))), outcome{session: true, attempts: 1}},
		{24, "202 with a session", once(reply(202, goodBody)), outcome{invalid: 202, attempts: 1}},
		{24, "206 with a session", once(reply(206, goodBody)), outcome{invalid: 206, attempts: 1}},

		{38, "503, then 401", []answer{reply(503, ""), reply(401, "")}, outcome{status: 401, attempts: 2, min: minWait, max: backoff}},
		{41, "429 without Retry-After", then(reply(429, "")), outcome{session: true, attempts: 2, min: minWait, max: limited}},
		{41, "429 with Retry-After", then(reply(429, "", "Retry-After", "7")), outcome{session: true, attempts: 2, min: 7 * time.Second, max: 7 * time.Second}},
		{41, "429 to the end", []answer{reply(429, ""), reply(429, ""), reply(429, "")}, outcome{status: 429, attempts: 3, min: 2 * minWait, max: 3 * limited}},

		{64, "a URI with bytes that are not UTF-8", once(reply(200, `{"data":{"session_uri":"https://h/`+"\xff"+`","session_token":"t"}}`)), outcome{invalid: 200, attempts: 1, says: "session_uri"}},
		{64, "a token with a lone surrogate", once(reply(200, `{"data":{"session_uri":"https://h/","session_token":"\ud800"}}`)), outcome{invalid: 200, attempts: 1, says: "session_token"}},
		{64, "a token with a line break", once(reply(200, `{"data":{"session_uri":"https://h/","session_token":"a\nb"}}`)), outcome{invalid: 200, attempts: 1, says: "session_token"}},
		{64, "a URI with NUL", once(reply(200, `{"data":{"session_uri":"https://h/\u0000","session_token":"t"}}`)), outcome{invalid: 200, attempts: 1, says: "session_uri"}},
		{65, "a duplicate key: the last one counts", once(reply(200, strings.Replace(goodBody, `"data":{`, `"data":{"session_uri":"https://first.test/","session_token":"first",`, 1))), outcome{session: true, attempts: 1}},
		{65, "a key in another case", once(reply(200, strings.Replace(goodBody, "session_uri", "Session_URI", 1))), outcome{session: true, attempts: 1}},
		{66, "nesting 10001 deep", once(reply(200, goodBody[:len(goodBody)-1]+`,"x":`+strings.Repeat("[", 10001)+strings.Repeat("]", 10001)+"}")), outcome{invalid: 200, attempts: 1}},
		{66, "nesting 9000 deep", once(reply(200, goodBody[:len(goodBody)-1]+`,"x":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+"}")), outcome{session: true, attempts: 1}},
	}
	for _, code := range []int{400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 425, 501, 505, 511, 999} {
		row := 36
		switch {
		case code == 401:
			row = 37
		case code == 425:
			row = 40
		case code > 499:
			row = 43
		}
		rows = append(rows, fakeFault{row, fmt.Sprint(code), once(reply(code, "")), outcome{status: code, attempts: 1}})
	}
	for _, code := range []int{408, 500, 502, 503, 504} {
		row := 42
		if code == 408 {
			row = 39
		}
		rows = append(rows,
			fakeFault{row, fmt.Sprint(code), then(reply(code, "")), retried},
			fakeFault{row, fmt.Sprintf("%d to the end", code), []answer{reply(code, ""), reply(code, ""), reply(code, "")},
				outcome{status: code, attempts: 3, min: 2 * minWait, max: 3 * backoff, says: "3 attempts"}})
	}
	for _, code := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		rows = append(rows, fakeFault{31, fmt.Sprint(code), once(reply(code, "", "Location", "http://127.0.0.1:9/vault/sessions")), outcome{status: code, attempts: 1}})
	}

	// In a bubble the clock starts at midnight UTC on 1 January 2000.
	hint := func(value string) []answer { return then(reply(503, "", "Retry-After", value)) }
	dated := func(value, date string) []answer { return then(reply(503, "", "Retry-After", value, "Date", date)) }
	waits := func(d time.Duration) outcome { return outcome{session: true, attempts: 2, min: d, max: d} }
	rows = append(rows,
		fakeFault{44, "1 s", hint("1"), waits(time.Second)},
		fakeFault{44, "30 s", hint("30"), waits(30 * time.Second)},
		fakeFault{44, "spaces", hint(" 2\t"), waits(2 * time.Second)},
		fakeFault{45, "a date on the server's clock", dated("Wed, 21 Oct 2015 07:28:07 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"), waits(7 * time.Second)},
		fakeFault{45, "a date of RFC 850", dated("Wednesday, 21-Oct-15 07:28:07 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"), waits(7 * time.Second)},
		fakeFault{45, "a date of asctime", dated("Wed Oct 21 07:28:07 2015", "Wed, 21 Oct 2015 07:28:00 GMT"), waits(7 * time.Second)},
		fakeFault{45, "a date without Date", hint("Sat, 01 Jan 2000 00:00:09 GMT"), waits(9 * time.Second)},
		fakeFault{45, "a date with a Date that was never set", dated("Sat, 01 Jan 2000 00:00:09 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"), waits(9 * time.Second)},
		fakeFault{45, "a date with a Date that is none", dated("Sat, 01 Jan 2000 00:00:09 GMT", "yesterday"), waits(9 * time.Second)},
		fakeFault{46, "a date in the past", hint("Fri, 31 Dec 1999 23:00:00 GMT"), retried},
		fakeFault{46, "0", hint("0"), retried},
		fakeFault{48, "two values", then(reply(503, "", "Retry-After", "9", "Retry-After", "9")), retried},
	)
	for _, value := range []string{"-1", "1.5", "NaN", "Inf", "+Inf", "0x10", "1e3", "soon", "", "9,9", "+9", "٣"} {
		rows = append(rows, fakeFault{48, fmt.Sprintf("%q", value), hint(value), retried})
	}
	for _, value := range []string{"31", "1000000000", "9999999999", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		rows = append(rows, fakeFault{47, value, once(reply(503, "", "Retry-After", value)), outcome{status: 503, attempts: 1, says: "Retry-After is above 30s"}})
	}

	for _, r := range rows {
		t.Run(fmt.Sprintf("row %d %s", r.row, r.name), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t, r.answers...)
				c := newFaultClient(t, s.option())
				start := time.Now()
				out, err := c.Vault.Sessions.Create(t.Context(), Session{})
				r.want.check(t, out, err, time.Since(start))
				if err, ok := err.(*apierrors.APIError); ok && r.row == 47 && err.RetryAfter <= maxRetryAfter {
					t.Errorf("RetryAfter is %v", err.RetryAfter)
				}
			})
		})
	}
}

// errAny stands for any cause, in a row that names none.
var errAny = errors.New("any cause")

// timeoutError is a time limit as net/http reports it.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

func TestAPageOfAProxyIsReachable(t *testing.T) { // row 21
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const page = "<html>502 bad gateway</html>"
		bad := reply(502, page, "Content-Type", "text/html")
		_, err := newFaultClient(t, newScript(t, bad, bad, bad).option()).Vault.Sessions.Create(t.Context(), Session{})
		e, ok := err.(*apierrors.APIError)
		if !ok || e.StatusCode != 502 || string(e.Body()) != page || strings.Contains(err.Error(), "html") {
			t.Errorf("got %v", err)
		}
	})
}

func TestACallThatEndedBeforeItBeganSendsNothing(t *testing.T) { // row 49
	t.Parallel()
	for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if want == context.Canceled {
				cancel()
			}
			<-ctx.Done()
			c := newFaultClient(t, newScript(t).option(), WithAPIKeyFunc(func(context.Context) (string, error) {
				t.Error("the key was asked for")
				return canaryKey, nil
			}))
			start := time.Now()
			out, err := c.Vault.Sessions.Create(ctx, Session{})
			outcome{is: want, says: "not sent"}.check(t, out, err, time.Since(start))
			if retriesLeft(c) != budgetCapacity {
				t.Error("it cost a retry")
			}
		})
	}
}

func TestACancelledWaitHoldsTheLastFailure(t *testing.T) { // row 51
	t.Parallel()
	cause := errors.New("the user left")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := newFaultClient(t, newScript(t, reply(429, `{"message":"slow down"}`, "Retry-After", "20")).option())
		time.AfterFunc(3*time.Second, func() { cancel(cause) })
		start := time.Now()
		out, err := c.Vault.Sessions.Create(ctx, Session{})
		outcome{is: context.Canceled, attempts: 1, min: 3 * time.Second, max: 3 * time.Second, says: "429"}.check(t, out, err, time.Since(start))
		if !errors.Is(err, cause) {
			t.Errorf("the cause is lost: %v", err)
		}
		if e, ok := errors.AsType[*apierrors.APIError](err); !ok || !errors.Is(err, apierrors.ErrRateLimited) || e.Message != "slow down" {
			t.Errorf("the last failure is lost: %v", err)
		}
		if retriesLeft(c) != budgetCapacity {
			t.Errorf("the retry that was not made cost %d tenths", budgetCapacity-retriesLeft(c))
		}
	})
}

func TestNoWaitBeyondTheDeadline(t *testing.T) { // row 52
	t.Parallel()
	for _, limit := range []string{"deadline", "MaxElapsedTime"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			policy := DefaultRetryConfig()
			if limit == "MaxElapsedTime" {
				ctx, policy.MaxElapsedTime = t.Context(), 5*time.Second
			}
			c := newFaultClient(t, newScript(t, reply(503, "", "Retry-After", "5")).option(), WithRetries(policy))
			start := time.Now()
			out, err := c.Vault.Sessions.Create(ctx, Session{})
			outcome{status: 503, attempts: 1, says: "not retried: no time left"}.check(t, out, err, time.Since(start))
			if retriesLeft(c) != budgetCapacity {
				t.Error("it cost a retry")
			}
		})
	}
}

func TestWhatCannotBeSentNeverReachesTheNetwork(t *testing.T) {
	t.Parallel()
	type input struct {
		row   int
		field string
		value string // must not be in the message
		opts  []Option
	}
	var inputs []input
	for _, bad := range []string{"secret\rvalue", "secret\nvalue", "secret\x00value", "secret\x7fvalue"} {
		inputs = append(inputs,
			input{62, "WithAPIKey", bad, []Option{WithAPIKey(bad)}},
			input{62, "WithAppID", bad, []Option{WithAppID(bad)}},
			input{62, "WithConsumerID", bad, []Option{WithConsumerID(bad)}},
			input{62, "WithHeader", bad, []Option{WithHeader("x-extra", bad)}},
			input{62, "WithUserAgent", bad, []Option{WithUserAgent(bad)}})
	}
	for _, bad := range []string{"", " secret-value", "secret-value ", "sécret-value", strings.Repeat("v", 256)} {
		inputs = append(inputs,
			input{63, "WithAppID", bad, []Option{WithAppID(bad)}},
			input{63, "WithConsumerID", bad, []Option{WithConsumerID(bad)}})
	}
	for _, bad := range []string{"", "ftp://hunter2/", "ftp://127.0.0.1/hunter2", "https://", "https://user:hunter2@h", "https://user@hunter2", "https://h?hunter2", "https://h#hunter2", "https://h/%zzhunter2",
		"https://vault.apideck.com", "https://VAULT.apideck.com./x", "hunter2", "https://h\"hunter2", "https://hünter2", "https://h:hunter2", "http://hunter2.example"} {
		inputs = append(inputs, input{10, "WithBaseURL", bad, []Option{WithBaseURL(bad)}})
	}
	for i, in := range inputs {
		t.Run(fmt.Sprintf("row %d %s %d", in.row, in.field, i), func(t *testing.T) {
			t.Parallel()
			own := []Option{WithBaseURL("http://127.0.0.1:9"), WithAPIKey(canaryKey), WithAppID(canaryApp), WithConsumerID(canaryConsumer), newScript(t).option()}
			_, atNew := New(append(own, in.opts...)...)
			c := newFaultClient(t, newScript(t).option())
			_, atCall := c.Vault.Sessions.Create(t.Context(), Session{}, in.opts...)
			for _, err := range []error{atNew, atCall} {
				e, ok := errors.AsType[*apierrors.ValidationError](err)
				if !ok || e.Field != in.field {
					t.Fatalf("got %v, want a *ValidationError of %s", err, in.field)
				}
				checkError(t, e)
				for _, secret := range []string{in.value, "hunter2", "secret"} {
					if secret != "" && in.value != "https://vault.apideck.com" && strings.Contains(prints(err), secret) {
						t.Errorf("the message shows the value: %q", err)
					}
				}
			}
			if retriesLeft(c) != budgetCapacity {
				t.Error("it cost a retry")
			}
		})
	}
}

// panics is a value whose encoding panics.
type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("encoding") }

func TestSettingsThatCannotBeEncodedAreRefusedOnce(t *testing.T) { // row 67
	t.Parallel()
	loop := map[string]any{}
	loop["self"] = loop
	list := []any{nil}
	list[0] = list
	for name, value := range map[string]any{
		"NaN": math.NaN(), "Inf": math.Inf(1), "a channel": make(chan int), "a func": func() {}, "a cyclic map": loop,
		"a cyclic slice": list, "a bad RawMessage": json.RawMessage("{"), "bytes that are not UTF-8": "\xff",
		"more than 256 KiB": strings.Repeat("x", 256<<10),
	} {
		t.Run("row 67 "+name, func(t *testing.T) {
			t.Parallel()
			c := newFaultClient(t, newScript(t).option())
			_, err := c.Vault.Sessions.Create(t.Context(), Session{CustomConsumerSettings: map[string]any{"v": value}})
			e, ok := err.(*apierrors.ValidationError)
			if !ok || !strings.HasPrefix(e.Field, "custom_consumer_settings") && e.Field != "session" {
				t.Fatalf("got %T %v", err, err)
			}
			checkError(t, err)
			if retriesLeft(c) != budgetCapacity {
				t.Error("it cost a retry")
			}
		})
	}
}

func TestAPanicOfTheCallersEncoderGoesToTheCaller(t *testing.T) { // row 68
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newFaultClient(t, newScript(t, reply(200, goodBody)).option())
		func() {
			defer func() {
				if recover() != "encoding" {
					t.Error("the panic did not arrive")
				}
			}()
			c.Vault.Sessions.Create(t.Context(), Session{CustomConsumerSettings: map[string]any{"v": panics{}}})
		}()
		if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
			t.Errorf("the client is not usable afterwards: %v", err)
		}
	})
}

func TestEveryAttemptSendsTheSameBytes(t *testing.T) { // row 69, over TCP in fault_raw_test.go
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, reply(503, ""), fails(io.ErrUnexpectedEOF), reply(200, goodBody))
		session := Session{RedirectURI: "https://mysaas.example/a?b=<c>&d", CustomConsumerSettings: map[string]any{"a": 1, "b": []int{2}, "c": "é"}}
		if _, err := newFaultClient(t, s.option()).Vault.Sessions.Create(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		if s.bodies[0] == "" || s.bodies[1] != s.bodies[0] || s.bodies[2] != s.bodies[0] {
			t.Errorf("bodies differ: %q", s.bodies)
		}
	})
}

// Not parallel: it replaces a global.
func TestAReplacedDefaultTransportDoesNoHarm(t *testing.T) { // row 71
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = transportFunc(reply(200, goodBody))
	c := newFaultClient(t)
	if _, err := c.Vault.Sessions.Create(t.Context(), Session{}, attemptsOnly(1)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the client's own transport is not used: %v", err)
	}
	c.CloseIdleConnections()
	c = newFaultClient(t, WithHTTPClient(&http.Client{}))
	if _, err := c.Vault.Sessions.Create(t.Context(), Session{}); err != nil {
		t.Errorf("a client without a transport does not use the default: %v", err)
	}
	c.CloseIdleConnections()
}
