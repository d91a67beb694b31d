package facade_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// The faults of this file come from a scripted transport, on the virtual clock
// of testing/synctest. The row numbers are those of FAULTS.md.

// The longest backoff before a second attempt, and the same after a 429.
const (
	backoff     = 100 * time.Millisecond
	rateBackoff = time.Second
)

var (
	session = respond(200, sessionJSON)
	down    = respond(503, "")
	refused = fail(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
)

func TestSessionsCreate_FakeFaults(t *testing.T) {
	type row struct {
		n     int
		name  string
		steps []roundTrip
		want  outcome
	}
	var rows []row
	retried := outcome{session: true, attempts: 2, min: facade.MinBackoff, max: backoff}
	final := func(n int, name string, step roundTrip, want outcome) {
		want.attempts = 1
		rows = append(rows, row{n, name, []roundTrip{step}, want})
	}
	then := func(n int, name string, step roundTrip, want outcome) {
		rows = append(rows, row{n, name, []roundTrip{step, session}, want})
	}
	always := func(n int, name string, step roundTrip, want outcome) {
		want.attempts, want.min, want.says = 3, 2*facade.MinBackoff, "3 attempts"
		rows = append(rows, row{n, name, []roundTrip{step, step, step}, want})
	}

	dns := func(e net.DNSError) roundTrip { return fail(&net.OpError{Op: "dial", Net: "tcp", Err: &e}) }
	always(1, "connection refused", refused, outcome{is: syscall.ECONNREFUSED, max: 3 * backoff})
	final(2, "unknown host", dns(net.DNSError{Err: "no such host", IsNotFound: true}), failed(1, "no such host"))
	then(3, "temporary DNS failure", dns(net.DNSError{Err: "server misbehaving", IsTemporary: true}), retried)
	then(3, "DNS timeout", dns(net.DNSError{Err: "i/o timeout", IsTimeout: true}), retried)

	invalid := func(n int, name string, body, says string) {
		final(n, name, respond(200, body), invalidResponse(200, says))
	}
	data := func(uri, token string) string {
		return `{"data":{"session_uri":` + uri + `,"session_token":` + token + `}}`
	}
	replaced := func(old, new string) string { return strings.Replace(sessionJSON, old, new, 1) }
	invalid(19, "invalid JSON", `{"data": oops, "`+testToken+`"}`, "not JSON")
	invalid(19, "JSON that breaks off", sessionJSON[:40], "not JSON")
	invalid(19, "two JSON values", sessionJSON+`{}`, "not JSON")
	page := respond(200, "<html>"+testToken, "Content-Type", "text/html")
	final(20, "a captive portal", page, invalidResponse(200, "not JSON"))
	then(21, "502 with a page, then a session", respond(502, "<html>bad gateway</html>"), retried)
	invalid(22, "an error object", `{"status_code":401,"error":"Unauthorized","message":"m"}`, "session_uri is missing")
	invalid(22, "null", "null", "session_uri is missing")
	invalid(22, "an empty object", "{}", "session_uri is missing")
	invalid(22, "data null", `{"data":null}`, "session_uri is missing")
	invalid(22, "an array", `[]`, "session_uri is missing")
	invalid(22, "an empty URI", data(`""`, `"t"`), "session_uri is missing")
	invalid(22, "a URI that is a number", data(`7`, `"t"`), "session_uri is missing")
	invalid(22, "a URI alone", data(`"`+testURI+`"`, `null`), "session_token is missing")
	invalid(22, "session_url for session_uri", replaced("session_uri", "session_url"), "session_uri is missing")
	invalid(23, "200 without a body", "", "empty")
	for _, status := range []int{202, 204, 206} {
		final(24, fmt.Sprint(status), respond(status, sessionJSON), invalidResponse(status, "must be 200 or 201"))
	}
	final(24, "201 with a session", respond(201, sessionJSON), outcome{session: true})
	for _, body := range []string{
		replaced(`"status_code":200`, `"status_code":"200","new":{}`),
		replaced(`"status":"OK"`, `"status":null,"_raw":[],"meta":{"a":1}`),
		replaced(`"data":{`, `"data":{"expires":1,`),
		`{` + sessionJSON[strings.Index(sessionJSON, `"data"`):],
	} {
		final(24, "lenient with "+body[:40], respond(200, body), outcome{session: true})
	}

	final(38, "401 after 503", respond(401, ""), outcome{status: 401})
	rows[len(rows)-1].steps = []roundTrip{down, respond(401, "")}
	rows[len(rows)-1].want = outcome{status: 401, attempts: 2, min: facade.MinBackoff, max: backoff}
	for n, codes := range map[int][]int{
		31: {300, 301, 302, 303, 304, 305, 307, 308},
		36: {400, 402, 403, 404, 405, 409, 410, 413, 415, 422}, 37: {401}, 40: {425}, 43: {501, 505, 511, 999},
	} {
		for _, code := range codes {
			final(n, fmt.Sprint(code), respond(code, "", "Location", "http://127.0.0.1:9/"), outcome{status: code})
		}
	}
	for n, codes := range map[int][]int{39: {408}, 42: {500, 502, 503, 504}} {
		for _, code := range codes {
			then(n, fmt.Sprint(code), respond(code, ""), retried)
			always(n, fmt.Sprintf("%d every time", code), respond(code, ""), outcome{status: code, max: 3 * backoff})
		}
	}
	limited := respond(429, "")
	then(41, "429", limited, outcome{session: true, attempts: 2, min: facade.MinBackoff, max: rateBackoff})
	always(41, "429 every time", limited, outcome{status: 429, max: 3 * rateBackoff})

	// In a bubble the clock starts at midnight UTC on 1 January 2000. The table
	// of TestAPIError_RetryAfter has the other values.
	hint := func(n int, status int, value, date string, d, jitter time.Duration) {
		then(n, fmt.Sprintf("Retry-After %s, Date %s", value, date), respond(status, "", "Retry-After", value, "Date", date),
			outcome{session: true, attempts: 2, min: d, max: d + jitter})
	}
	hint(41, 429, "7", "", 7*time.Second, rateBackoff)
	hint(44, 503, "1", "", time.Second, backoff)
	hint(44, 503, "30", "", 30*time.Second, backoff)
	hint(45, 503, "Wed, 21 Oct 2015 07:28:07 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 7*time.Second, backoff)
	hint(45, 503, "Sat, 01 Jan 2000 00:00:09 GMT", "", 9*time.Second, backoff)
	hint(46, 503, "0", "", facade.MinBackoff, backoff-facade.MinBackoff)
	hint(48, 503, "soon", "", facade.MinBackoff, backoff-facade.MinBackoff)
	for _, value := range []string{"31", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		final(47, value, respond(503, "", "Retry-After", value), outcome{status: 503, says: "Retry-After is above 30s"})
	}

	for name, uri := range map[string]string{
		"bytes that are not UTF-8": "https://h/\xff", "NUL": `https://h/\u0000`, "a space": "https://h/a b",
	} {
		invalid(64, "a URI with "+name, data(`"`+uri+`"`, `"t"`), "session_uri is not a valid")
	}
	for name, token := range map[string]string{"surrogate": `\ud800`, "line break": `a\nb`, "C1 control": `a\u0085`} {
		invalid(64, "a token with a "+name, data(`"https://h/"`, `"`+token+`"`), "session_token is not a valid")
	}
	for _, uri := range []string{"/t", "javascript:alert(1)", "https:///t", "https://u@/t", "https:/x", "https://%z/t"} {
		invalid(64, uri, data(`"`+uri+`"`, `"t"`), "not a valid absolute")
	}
	for _, part := range []string{"@", ":abc", "[", "%zz", `\\evil.test`} { // which a URL must not end in
		invalid(64, "https://h"+part, data(`"https://h`+part+`"`, `"`+part+`"`), "not a valid absolute")
	}
	twice := replaced(`"data":{`, `"data":{"session_uri":"https://first.test/",`)
	final(65, "the last of two keys counts", respond(200, twice), outcome{session: true})
	final(65, "a key in another case", respond(200, replaced("session_uri", "Session_URI")), outcome{session: true})
	nested := func(n int) string {
		return replaced(`{`, `{"x":`+strings.Repeat("[", n)+strings.Repeat("]", n)+`,`)
	}
	invalid(66, "nesting 10001 deep", nested(10001), "not JSON")
	final(66, "nesting 9000 deep", respond(200, nested(9000)), outcome{session: true})

	final(74, "a huge ContentLength", func(req *http.Request) (*http.Response, error) {
		resp, err := session(req)
		resp.ContentLength = math.MaxInt64
		return resp, err
	}, outcome{session: true})

	for _, r := range rows {
		inBubble(t, fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			err := r.want.check(t, newClient(t, newScript(t, r.steps...).option()))
			if api, ok := err.(*apierrors.APIError); ok && r.n == 47 && api.RetryAfter <= facade.MaxRetryAfter {
				t.Errorf("RetryAfter is %v", api.RetryAfter)
			}
		})
	}
}

func TestSessionsCreate_ContextDoneBeforehand(t *testing.T) {
	left := errors.New("the customer left")
	for _, want := range []error{left, context.DeadlineExceeded} {
		inBubble(t, "row 49 "+want.Error(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if want == left {
				var cancel context.CancelCauseFunc
				ctx, cancel = context.WithCancelCause(ctx)
				cancel(left)
			}
			<-ctx.Done()
			c := newClient(t, newScript(t).option(), facade.WithAPIKeyFunc(func(context.Context) (string, error) {
				t.Error("the key was asked for")
				return testKey, nil
			}))
			err := outcome{is: want, says: "not sent"}.checkContext(ctx, t, c)
			if !errors.Is(err, ctx.Err()) {
				t.Errorf("%v is not in %v", ctx.Err(), err)
			}
			wantBudget(t, c, facade.BudgetCapacity)
		})
	}
}

func TestSessionsCreate_CanceledDuringBackoff(t *testing.T) { // row 51
	left := errors.New("the customer left")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		asked := 0
		c := newClient(t, newScript(t, respond(429, `{"message":"slow down"}`, "Retry-After", "20")).option(),
			facade.WithAPIKeyFunc(func(context.Context) (string, error) { asked++; return testKey, nil }))
		time.AfterFunc(3*time.Second, func() { cancel(left) })
		err := outcome{is: left, attempts: 1, min: 3 * time.Second, max: 3 * time.Second, says: "429"}.checkContext(ctx, t, c)
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || api.Message != "slow down" || !errors.Is(err, context.Canceled) || asked != 1 {
			t.Errorf("asked for %d keys, got %v", asked, err)
		}
		wantBudget(t, c, facade.BudgetCapacity)
	})
}

func TestSessionsCreate_DoesNotWaitBeyondTheDeadline(t *testing.T) { // row 52
	for _, name := range []string{"deadline", "MaxElapsedTime"} {
		inBubble(t, "row 52 "+name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			retries := facade.DefaultRetryConfig()
			if name == "MaxElapsedTime" {
				ctx, retries.MaxElapsedTime = t.Context(), 5*time.Second
			}
			c := newClient(t, newScript(t, respond(503, "", "Retry-After", "5")).option(), facade.WithRetries(retries))
			outcome{status: 503, attempts: 1, says: "not retried: the backoff exceeds the deadline"}.checkContext(ctx, t, c)
			wantBudget(t, c, facade.BudgetCapacity)
		})
	}
}

func TestSessionsCreate_KeepsTheFailureBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		c := newClient(t, newScript(t, respond(503, `{"message":"down for now"}`), hang).option())
		want := outcome{is: context.DeadlineExceeded, attempts: 2, min: 2 * time.Second, max: 2 * time.Second}
		want.says = "down for now"
		if err := want.checkContext(ctx, t, c); !errors.Is(err, apierrors.ErrServer) {
			t.Errorf("got %v", err)
		}
	})
}

// hang is a transport that waits for the context.
func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func wantBudget(t *testing.T, c *facade.Client, retries float64) {
	t.Helper()
	if left := facade.RetriesLeft(c); math.Abs(left-retries) > 0.05 { // a little comes back with time
		t.Errorf("the budget holds %v retries, want %v", left, retries)
	}
}

// Not parallel: it replaces a global.
func TestWithHTTPClient_DefaultTransportReplaced(t *testing.T) { // row 71
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = session
	own, nethttp := newClient(t, withAttempts(1)), newClient(t, facade.WithHTTPClient(&http.Client{}))
	outcome{is: syscall.ECONNREFUSED, attempts: 1, max: time.Minute}.check(t, own)
	outcome{session: true, attempts: 1, max: time.Minute}.check(t, nethttp)
	own.CloseIdleConnections()
	nethttp.CloseIdleConnections()
}
