package errors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

func TestDecodingIsLenientFieldByField(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"error", "type_name", "message", "ref", "detail", "downstream_errors", "status_code", "extra"} {
		for _, value := range []string{`7`, `{"a":1}`, `[1]`, `null`, `true`} {
			wire := map[string]json.RawMessage{
				"error": []byte(`"E"`), "type_name": []byte(`"T"`), "message": []byte(`"M"`), "ref": []byte(`"R"`),
				"detail": []byte(`"D"`), "downstream_errors": []byte(`[{"message":"m","detail":"d","code":"c"}]`),
			}
			wire[field] = json.RawMessage(value)
			body, _ := json.Marshal(wire)
			e := apierrors.NewAPIError("op", response(400, "req"), body)
			got := map[string]string{"error": e.Title, "type_name": e.TypeName, "message": e.Message, "ref": e.Ref, "detail": e.Detail.Text()}
			for other, want := range map[string]string{"error": "E", "type_name": "T", "message": "M", "ref": "R", "detail": "D"} {
				if other != field && got[other] != want {
					t.Errorf("with %s = %s, %s is %q", field, value, other, got[other])
				}
			}
			if field != "downstream_errors" && (len(e.DownstreamErrors) != 1 || e.DownstreamErrors[0] != apierrors.DownstreamError{Message: "m", Detail: "d", Code: "c"}) {
				t.Errorf("with %s = %s, downstream errors are %v", field, value, e.DownstreamErrors)
			}
			if string(e.Body()) != string(body) || e.RequestID != "req" || e.StatusCode != 400 {
				t.Errorf("with %s = %s, got %+v", field, value, e)
			}
		}
	}
}

func TestMessageOfAnAPIError(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*apierrors.APIError{
		"apideck: 0": {},
		"apideck: POST /vault/sessions: 401 Unauthorized: Unauthorized Request (UnauthorizedError; request id abc)": {
			Op: "POST /vault/sessions", StatusCode: 401, Message: "Unauthorized Request", TypeName: "UnauthorizedError", RequestID: "abc", Attempts: 1},
		"apideck: op: 502 Bad Gateway":                      {Op: "op", StatusCode: 502},
		"apideck: op: 999 Odd":                              {Op: "op", StatusCode: 999, Title: "Odd"},
		"apideck: op: 503 Service Unavailable (3 attempts)": {Op: "op", StatusCode: 503, Attempts: 3},
		"apideck: op: 503 Service Unavailable (request id r; 2 attempts; not retried: retry budget spent)": {
			Op: "op", StatusCode: 503, Attempts: 2, RequestID: "r", NotRetried: "retry budget spent"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestEveryMessageIsOneBoundedPrintableLine(t *testing.T) {
	t.Parallel()
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

func TestErrorsThatNobodyFilledInStillPrint(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"apideck: 0":                   &apierrors.APIError{},
		"apideck: not sent":            &apierrors.TransportError{},
		"apideck: 0 without a session": &apierrors.InvalidResponseError{},
		"apideck: ":                    &apierrors.ValidationError{},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if (&apierrors.APIError{}).Body() != nil || (&apierrors.InvalidResponseError{}).Body() != nil {
		t.Error("a zero error has a body")
	}
}

func TestNoVerbPrintsABody(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		apierrors.NewAPIError("op", response(400, "r"), []byte("<canary>")),
		apierrors.NewInvalidResponseError("op", response(200, "r"), []byte("<canary>"), "reason", nil),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			for _, canary := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprint([]byte("canary"))[1:20]} {
				if text := fmt.Sprintf(verb, err); strings.Contains(text, canary) {
					t.Errorf("%s of %T shows %q: %s", verb, err, canary, text)
				}
			}
		}
		if encoded, _ := json.Marshal(err); strings.Contains(string(encoded), "canary") {
			t.Errorf("JSON of %T shows the body: %s", err, encoded)
		}
	}
}

func TestAPIErrorMarshalsWhatTheAPISaidWithoutHeaders(t *testing.T) {
	t.Parallel()
	e := apierrors.NewAPIError("op", response(400, "r"), []byte(`{"message":"M","detail":{"a":[1]}}`))
	e.Header.Set("Set-Cookie", "canary")
	e.RetryAfter = time.Second
	encoded, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back apierrors.APIError
	if err := json.Unmarshal(encoded, &back); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(encoded), "canary") || back.Message != "M" || string(back.Detail.Raw()) != `{"a":[1]}` || back.RetryAfter != time.Second {
		t.Errorf("%s", encoded)
	}
}

func TestTransportErrorUnwrapsAndSaysWhetherItIsATimeout(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := &apierrors.TransportError{Op: "op", Attempts: 3, Err: cause}
	if !errors.Is(e, cause) || e.Timeout() {
		t.Errorf("%v, timeout %v", e, e.Timeout())
	}
	if got, want := e.Error(), "apideck: op: no answer: cause (3 attempts)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for err, want := range map[error]bool{nil: false, timeout(true): true, timeout(false): false, fmt.Errorf("in %w", timeout(true)): true,
		fmt.Errorf("%w; last failure: %w", context.Canceled, timeout(true)): false} {
		if got := (&apierrors.TransportError{Err: err}).Timeout(); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

type timeout bool

func (t timeout) Error() string { return "timeout" }
func (t timeout) Timeout() bool { return bool(t) }

func TestInvalidResponseErrorUnwraps(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := apierrors.NewInvalidResponseError("op", response(200, "r"), []byte("b"), "the body is not JSON", cause)
	if !errors.Is(e, cause) || string(e.Body()) != "b" {
		t.Errorf("%v", e)
	}
	if got, want := e.Error(), "apideck: op: 200 OK without a session: the body is not JSON (request id r)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
