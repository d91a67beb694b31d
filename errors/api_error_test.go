package errors

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func response(status int, requestID string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{RequestIDHeader: {requestID}}}
}

func TestNewAPIError_DecodesFieldByField(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"E","type_name":"T","message":"M","ref":"R","detail":"D",
			"downstream_errors":[{"message":"m","detail":"d","code":"c"}]}`: "E T M R D [{m d c}]",
		`{"error":7,"type_name":{},"message":"M","ref":[1],"downstream_errors":true}`: "  M   []",
		`{"status_code":"400","message":null,"new":{},"detail":"D"}`:                  "    D []",
		"\ufeff" + `{"message":"M"}`:                                                  "  M   []", // row 93
		`<html>`:                                                                      "     []",
	} {
		e := NewAPIError("op", 1, response(400, ""), []byte(body))
		got := fmt.Sprintln(e.Title, e.TypeName, e.Message, e.Ref, e.Detail.Text(), e.DownstreamErrors)
		if got != want+"\n" || string(e.Body()) != body {
			t.Errorf("%s: got %sand the body %s", body, got, e.Body())
		}
	}
}

func TestNewAPIError_TakesTheRestFromHTTP(t *testing.T) {
	body := `{"op":"b","status_code":200,"request_id":"b","retry_after":9,"attempts":9,"not_retried":"b","Header":{}}`
	e := NewAPIError("op", 2, response(400, "req"), []byte(body))
	want := []any{"op", 400, "req", time.Duration(0), 2, "", 1}
	got := []any{e.Op, e.StatusCode, e.RequestID, e.RetryAfter, e.Attempts, e.NotRetried, len(e.Header)}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNewAPIError_DecodesUpTo64KiB(t *testing.T) {
	for size, want := range map[int]string{64 << 10: "M", 64<<10 + 1: ""} {
		body := `{"message":"M"}` + strings.Repeat(" ", size-len(`{"message":"M"}`))
		if got := NewAPIError("op", 1, response(400, ""), []byte(body)).Message; got != want {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
}

func TestAPIError_Is(t *testing.T) {
	sentinels := map[int]error{
		400: ErrBadRequest, 401: ErrUnauthorized, 402: ErrPaymentRequired,
		404: ErrNotFound, 422: ErrUnprocessable, 429: ErrRateLimited,
		500: ErrServer, 503: ErrServer, 599: ErrServer,
	}
	for _, status := range []int{302, 400, 401, 402, 403, 404, 422, 429, 499, 500, 503, 599, 600} {
		err := fmt.Errorf("wrapped: %w", &APIError{StatusCode: status})
		for _, s := range sentinels {
			if errors.Is(err, s) != (s == sentinels[status]) {
				t.Errorf("%d: errors.Is(err, %q) is %v", status, s, errors.Is(err, s))
			}
		}
	}
}

func TestAPIError_Error(t *testing.T) {
	const redirects = "redirects are not followed; check the base URL"
	whole := &APIError{Op: "POST /vault/sessions", StatusCode: 401, Message: "Unauthorized Request",
		TypeName: "UnauthorizedError", RequestID: "abc", Attempts: 2, NotRetried: "no time"}
	const notes = "(UnauthorizedError; request id abc; 2 attempts; not retried: no time)"
	wantMessages(t, map[string]error{
		"apideck: 0": &APIError{},
		"apideck: POST /vault/sessions: 401 Unauthorized: Unauthorized Request " + notes: whole,
		"apideck: 999 Odd": &APIError{StatusCode: 999, Title: "Odd"},
		"apideck: 299":     &APIError{StatusCode: 299, Attempts: 1},
		"apideck: 300 Multiple Choices: " + redirects: &APIError{StatusCode: 300},
		"apideck: 399: " + redirects:                  &APIError{StatusCode: 399},
		"apideck: 400 Bad Request":                    &APIError{StatusCode: 400},
	})
	d, e := strings.Repeat("d", 200), strings.Repeat("é", 99)
	for body, want := range map[string]string{
		`{"message":"Invalid","type_name":"T","detail":"no"}`:       "Invalid: no (T)",
		`{"message":"Invalid","detail":{ "theme": "bad"}}`:          `Invalid: {"theme":"bad"}`,
		`{"message":"Invalid","detail":"Invalid"}`:                  "Invalid",
		`{"detail":"no consumer"}`:                                  "no consumer",
		`{"message":"Invalid","detail":"a\n` + d[:158] + `"}`:       "Invalid: a " + d[:158],
		`{"message":"Invalid","detail":"a\n` + d[:159] + `"}`:       "Invalid: a " + d[:155] + "…",
		`{"message":"Invalid","detail":"` + e + `"}`:                "Invalid: " + e[:2*78] + "…",
		`{"message":"` + d + `","type_name":"T","detail":"detail"}`: d[:157] + "…: detail (T)",
	} {
		err := NewAPIError("", 1, response(400, ""), []byte(body))
		wantMessages(t, map[string]error{"apideck: 400 Bad Request: " + want: err})
	}
}

func TestAPIError_Error_FallsBackToTheErrorField(t *testing.T) { // row 95
	for body, want := range map[string]string{
		`{"error":"egress needs ticket NET-42"}`: "apideck: 403 Forbidden: egress needs ticket NET-42",
		`{"error":"forbidden"}`:                  "apideck: 403 Forbidden",
		`{"message":"Forbidden"}`:                "apideck: 403 Forbidden",
		`{"error":"Custom","message":"M"}`:       "apideck: 403 Forbidden: M",
	} {
		wantMessages(t, map[string]error{want: NewAPIError("", 1, response(403, ""), []byte(body))})
	}
}
