package errors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func response(status int, requestID string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"X-Apideck-Request-Id": {requestID}}}
}

func TestNewAPIError_DecodesFieldByField(t *testing.T) {
	whole := map[string]json.RawMessage{
		"error": []byte(`"E"`), "type_name": []byte(`"T"`), "message": []byte(`"M"`), "ref": []byte(`"R"`), "detail": []byte(`"D"`),
		"downstream_errors": []byte(`[{"message":"m","detail":"d","code":"c"}]`),
	}
	for _, field := range []string{"error", "type_name", "message", "ref", "detail", "downstream_errors", "status_code", "extra"} {
		for _, value := range []string{`7`, `{"a":1}`, `[1]`, `null`, `true`} {
			wire := maps.Clone(whole)
			wire[field] = json.RawMessage(value)
			body, _ := json.Marshal(wire)
			e := apierrors.NewAPIError("op", response(400, "req"), body)
			got := map[string]string{"error": e.Title, "type_name": e.TypeName, "message": e.Message, "ref": e.Ref, "detail": e.Detail.Text()}
			for other, want := range map[string]string{"error": "E", "type_name": "T", "message": "M", "ref": "R", "detail": "D"} {
				if other != field && got[other] != want {
					t.Errorf("with %s = %s, %s is %q", field, value, other, got[other])
				}
			}
			downstream := []apierrors.DownstreamError{{Message: "m", Detail: "d", Code: "c"}}
			if field != "downstream_errors" && !slices.Equal(e.DownstreamErrors, downstream) {
				t.Errorf("with %s = %s, downstream errors are %v", field, value, e.DownstreamErrors)
			}
			if string(e.Body()) != string(body) || e.RequestID != "req" || e.StatusCode != 400 {
				t.Errorf("with %s = %s, got %+v", field, value, e)
			}
		}
	}
}

func TestError_Messages(t *testing.T) {
	const op = "POST /vault/sessions"
	for want, err := range map[string]error{
		"apideck: 0": &apierrors.APIError{},
		"apideck: POST /vault/sessions: 401 Unauthorized: Unauthorized Request (UnauthorizedError; request id abc)": &apierrors.APIError{
			Op: op, StatusCode: 401, Message: "Unauthorized Request", TypeName: "UnauthorizedError", RequestID: "abc", Attempts: 1},
		"apideck: POST /vault/sessions: 502 Bad Gateway": &apierrors.APIError{Op: op, StatusCode: 502},
		"apideck: POST /vault/sessions: 999 Odd":         &apierrors.APIError{Op: op, StatusCode: 999, Title: "Odd"},
		"apideck: POST /vault/sessions: 503 Service Unavailable (request id r; 2 attempts; not retried: no time)": &apierrors.APIError{
			Op: op, StatusCode: 503, Attempts: 2, RequestID: "r", NotRetried: "no time"},
		"apideck: not sent: no response":                    &apierrors.TransportError{},
		"apideck: POST /vault/sessions: cause (3 attempts)": &apierrors.TransportError{Op: op, Attempts: 3, Err: errors.New("cause")},
		"apideck: 0 without a session":                      &apierrors.InvalidResponseError{},
		"apideck: POST /vault/sessions: 200 OK without a session: the body is not JSON (request id r)": &apierrors.InvalidResponseError{
			Op: op, StatusCode: 200, Reason: "the body is not JSON", RequestID: "r"},
		"apideck: ":                      &apierrors.ValidationError{},
		"apideck: WithAppID: is missing": &apierrors.ValidationError{Field: "WithAppID", Reason: "is missing"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestError_IsOneBoundedLine(t *testing.T) {
	for _, evil := range []string{
		strings.Repeat("x", 10_000), strings.Repeat("é", 5_000), strings.Repeat("\xff", 5_000), strings.Repeat("\u202e", 3_000),
		"two\nlines\r\n\x00\x1b[31mred\u2028\u202e\u0085",
	} {
		for _, err := range []error{
			&apierrors.APIError{Op: evil, StatusCode: 999, Title: evil, Message: evil, TypeName: evil, RequestID: evil, NotRetried: evil, Attempts: 9},
			&apierrors.TransportError{Op: evil, Attempts: 9, Err: errors.New(evil), NotRetried: evil},
			&apierrors.InvalidResponseError{Op: evil, StatusCode: 200, Reason: evil, RequestID: evil, Attempts: 9},
			&apierrors.ValidationError{Field: evil, Reason: evil},
		} {
			text := err.Error()
			if len(text) > 512 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%T: %d bytes: %q", err, len(text), text)
			}
		}
	}
}

func TestError_DoesNotPrintTheBody(t *testing.T) {
	for _, err := range []error{
		apierrors.NewAPIError("op", response(400, "r"), []byte("<canary>")),
		apierrors.NewInvalidResponseError("op", "reason", response(200, "r"), []byte("<canary>"), nil),
	} {
		encoded, _ := json.Marshal(err)
		text := string(encoded)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			text += fmt.Sprintf(verb, err)
		}
		for _, canary := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprint([]byte("canary"))[1:20]} {
			if strings.Contains(text, canary) {
				t.Errorf("%T shows %q: %s", err, canary, text)
			}
		}
	}
	if (&apierrors.APIError{}).Body() != nil || (&apierrors.InvalidResponseError{}).Body() != nil {
		t.Error("a zero error has a body")
	}
}

func TestAPIError_MarshalsWithoutHeaders(t *testing.T) {
	e := apierrors.NewAPIError("op", response(400, "r"), []byte(`{"message":"M","detail":{"a":[1]}}`))
	e.Header.Set("Set-Cookie", "canary")
	e.RetryAfter = time.Second
	encoded, err := json.Marshal(e)
	var back apierrors.APIError
	if err := errors.Join(err, json.Unmarshal(encoded, &back)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(encoded), "canary") || back.Message != "M" || string(back.Detail.Raw()) != `{"a":[1]}` || back.RetryAfter != time.Second {
		t.Errorf("%s", encoded)
	}
}

type timeout bool

func (t timeout) Error() string { return "timeout" }
func (t timeout) Timeout() bool { return bool(t) }

func TestTransportError_Timeout(t *testing.T) {
	for err, want := range map[error]bool{nil: false, timeout(true): true, timeout(false): false, fmt.Errorf("in %w", timeout(true)): true,
		fmt.Errorf("%w; last failure: %w", context.Canceled, timeout(true)): false} {
		if got := (&apierrors.TransportError{Err: err}).Timeout(); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestError_Unwrap(t *testing.T) {
	cause := errors.New("cause")
	for _, err := range []error{
		&apierrors.TransportError{Err: cause},
		apierrors.NewInvalidResponseError("op", "reason", response(200, "r"), nil, cause),
	} {
		if !errors.Is(err, cause) {
			t.Errorf("%T does not unwrap to its cause", err)
		}
	}
}
