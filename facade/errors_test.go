package facade

import (
	"fmt"
	"slices"
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

func TestSessionsCreate_RetriedStatus(t *testing.T) {
	tests := []struct {
		row, status int
		took        span
	}{
		{39, 408, twoBackoffs},
		{41, 429, span{2 * minBackoff, 3 * time.Second}}, // ten times that of other statuses
		{42, 500, twoBackoffs},
		{42, 502, twoBackoffs},
		{42, 503, twoBackoffs},
		{42, 504, twoBackoffs},
	}
	for _, test := range tests {
		inBubble(t, fmt.Sprintf("row %d %d", test.row, test.status), func(t *testing.T) {
			page := respond(test.status, "<html>an error page</html>") // row 21
			c := newClient(t, newScript(t, page, page, page).option())
			anAPIError(test.status, 3).checkTimed(t, c, test.took)
		})
	}
}

func TestSessionsCreate_FinalStatusAfterARetry(t *testing.T) { // row 38
	bubble(t, func(t *testing.T) {
		c := newClient(t, newScript(t, down, respond(401, "")).option())
		anAPIError(401, 2).checkTimed(t, c, oneBackoff)
	})
}

// The other values are in TestRetryAfter of package errors, the maximum in
// TestCallDecide.
func TestSessionsCreate_RetryAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limited := respond(429, "", "Retry-After", "7")
		c := newClient(t, newScript(t, limited, session).option())
		aSession(2).checkTimed(t, c, oneBackoff.after(7*time.Second))
	})
}

func TestSessionsCreate_APIError(t *testing.T) { // row 21
	const body = `{"message":"Something"}`
	c := newClient(t, respond(422, body, "X-Apideck-Request-Id", "req_9").option())
	e, ok := anAPIError(422, 1).check(t, c).(*apierrors.APIError)
	if !ok {
		return
	}
	got := []string{e.Op, e.Message, e.RequestID, e.Header.Get("X-Apideck-Request-Id"), string(e.Body())}
	want := []string{"POST /vault/sessions", "Something", "req_9", "req_9", body}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSessionsCreate_InvalidResponseError(t *testing.T) {
	c := newClient(t, respond(200, "<html>"+testKey, "X-Apideck-Request-Id", "req_9").option())
	e, ok := anInvalidResponse(200, "not JSON").check(t, c).(*apierrors.InvalidResponseError)
	if !ok {
		return
	}
	got := []string{e.Op, e.RequestID, string(e.Body())}
	want := []string{"POST /vault/sessions", "req_9", "<html>" + redactedKey} // row 92
	if !slices.Equal(got, want) || e.Err == nil {
		t.Errorf("got %q, want %q; the cause is %v", got, want, e.Err)
	}
}
