package facade

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestSessionsCreate_FinalStatus(t *testing.T) {
	for row, statuses := range map[int][]int{
		31: {300, 301, 302, 303, 304, 305, 307, 308},
		36: {400, 402, 403, 404, 405, 409, 410, 413, 415, 422},
		37: {401},
		40: {425},
		43: {199, 501, 505, 511, 999},
	} {
		for _, status := range statuses {
			t.Run(fmt.Sprintf("row %d %d", row, status), func(t *testing.T) {
				step := respond(status, "", "Location", "http://127.0.0.1:9/")
				anAPIError(status, 1).check(t, newClient(t, newScript(t, step).option()))
			})
		}
	}
}

// The longest backoff after a 429 is ten times that of other statuses.
var (
	rateLimitBackoff  = span{minBackoff, time.Second}
	rateLimitBackoffs = span{2 * minBackoff, 3 * time.Second}
)

func TestSessionsCreate_RetriedStatus(t *testing.T) {
	tests := []struct {
		row, status    int
		backoff, twice span
	}{
		{39, 408, oneBackoff, twoBackoffs},
		{41, 429, rateLimitBackoff, rateLimitBackoffs},
		{42, 500, oneBackoff, twoBackoffs},
		{42, 502, oneBackoff, twoBackoffs},
		{42, 503, oneBackoff, twoBackoffs},
		{42, 504, oneBackoff, twoBackoffs},
	}
	for _, test := range tests {
		page := respond(test.status, "<html>an error page</html>") // row 21
		inBubble(t, fmt.Sprintf("row %d %d", test.row, test.status), func(t *testing.T) {
			aSession(2).checkTimed(t, newClient(t, newScript(t, page, session).option()), test.backoff)
		})
		inBubble(t, fmt.Sprintf("row %d %d every time", test.row, test.status), func(t *testing.T) {
			c := newClient(t, newScript(t, page, page, page).option())
			anAPIError(test.status, 3).checkTimed(t, c, test.twice)
		})
	}
}

func TestSessionsCreate_FinalStatusAfterARetry(t *testing.T) { // row 38
	bubble(t, func(t *testing.T) {
		c := newClient(t, newScript(t, down, respond(401, "")).option())
		anAPIError(401, 2).checkTimed(t, c, oneBackoff)
	})
}

// In a bubble the clock starts at midnight UTC on 1 January 2000. The other values
// are in TestRetryAfter of package errors.
func TestSessionsCreate_RetryAfter(t *testing.T) {
	const s, sent, in9s = time.Second, "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:09 GMT"
	tests := []struct {
		row, status int
		value, date string
		took        span
	}{
		{41, 429, "7", "", oneBackoff.after(7 * s)},
		{44, 503, "1", "", oneBackoff.after(s)},
		{44, 503, "30", "", oneBackoff.after(30 * s)},
		{45, 503, in9s, sent, oneBackoff.after(9 * s)},
		{45, 503, "Sat, 01 Jan 2000 00:00:09 GMT", "", oneBackoff.after(9 * s)},
		{46, 503, "0", "", oneBackoff},
		{48, 503, "soon", "", oneBackoff},
	}
	for _, test := range tests {
		inBubble(t, fmt.Sprintf("row %d %s", test.row, test.value), func(t *testing.T) {
			limited := respond(test.status, "", "Retry-After", test.value, "Date", test.date)
			aSession(2).checkTimed(t, newClient(t, newScript(t, limited, session).option()), test.took)
		})
	}
}

func TestSessionsCreate_RetryAfterAboveTheMaximum(t *testing.T) {
	for value, row := range map[string]int{
		"31": 47, "99999999999": 96, "99999999999999999999": 47, "Fri, 31 Dec 9999 23:59:59 GMT": 47,
	} {
		inBubble(t, fmt.Sprintf("row %d %s", row, value), func(t *testing.T) {
			c := newClient(t, newScript(t, respond(503, "", "Retry-After", value)).option())
			err := anAPIError(503, 1).checkTimed(t, c, atOnce)
			e, ok := err.(*apierrors.APIError)
			if ok && (e.RetryAfter <= maxRetryAfter || e.NotRetried != "Retry-After is above 30s") {
				t.Errorf("got %v, RetryAfter %v", err, e.RetryAfter)
			}
		})
	}
}

func TestSessionsCreate_APIError(t *testing.T) { // row 21
	const body = `{"status_code":"oops","error":"Title","type_name":"SomeError","message":"Something",
		"ref":"https://ref","detail":"why"}`
	c := newClient(t, respond(422, body, "X-Apideck-Request-Id", "req_9").option())
	e, ok := anAPIError(422, 1).check(t, c).(*apierrors.APIError)
	if !ok {
		return
	}
	got := []string{e.Title, e.TypeName, e.Message, e.Ref, e.Detail.Text(), e.RequestID, e.Op, string(e.Body())}
	want := []string{"Title", "SomeError", "Something", "https://ref", "why", "req_9", "POST /vault/sessions", body}
	if fmt.Sprint(got) != fmt.Sprint(want) || e.Header.Get("X-Apideck-Request-Id") != "req_9" {
		t.Errorf("got %q, %v", got, e.Header)
	}
}

func TestSessionsCreate_InvalidResponseError(t *testing.T) {
	const body = "<html>Sign in to the Wi-Fi</html>"
	c := newClient(t, respond(200, body, "X-Apideck-Request-Id", "req_9").option())
	e, ok := anInvalidResponse(200, "not JSON").check(t, c).(*apierrors.InvalidResponseError)
	if !ok {
		return
	}
	if e.RequestID != "req_9" || e.Op != "POST /vault/sessions" {
		t.Errorf("got %q, %q", e.RequestID, e.Op)
	}
	if string(e.Body()) != body || e.Err == nil {
		t.Errorf("got %q, %v", e.Body(), e.Err)
	}
}

func TestSessionsCreate_HugeContentLength(t *testing.T) { // row 74
	aSession(1).check(t, newClient(t, roundTripFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := session(req)
		resp.ContentLength = math.MaxInt64
		return resp, err
	}).option()))
}
