package errors

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// wantMessages compares the messages of errors with their keys.
func wantMessages(t *testing.T, errs map[string]error) {
	t.Helper()
	for want, err := range errs {
		if got := err.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestInvalidResponseError_Error(t *testing.T) {
	cause := errors.New("cause")
	err := NewInvalidResponseError(response(200, "r"), nil)
	err.Op = "op"
	err.Reason = "the body is not JSON"
	err.Err = cause
	wantMessages(t, map[string]error{
		"apideck: invalid response: 0": &InvalidResponseError{},
		"apideck: op: invalid response: 200 OK, but the body is not JSON (request id r)": err,
	})
	if !errors.Is(err, cause) {
		t.Errorf("%v does not unwrap to its cause", err)
	}
}

func TestValidationError_Error(t *testing.T) {
	wantMessages(t, map[string]error{
		"apideck: ":                   &ValidationError{},
		"apideck: WithAppID: missing": &ValidationError{Field: "WithAppID", Reason: "missing"},
	})
}

func TestError_IsOneBoundedLine(t *testing.T) {
	for _, evil := range []string{
		strings.Repeat("x", 10_000), strings.Repeat("\u202e\n\x1b", 3_000),
		strings.Repeat("\xff", 5_000), strings.Repeat("\x80", 5_000), // not UTF-8
	} {
		for _, err := range []error{
			&APIError{Op: evil, Title: evil, Message: evil, TypeName: evil, RequestID: evil, Attempts: 9},
			&TransportError{Op: evil, Attempts: 9, Err: errors.New(evil), NotRetried: evil},
			&InvalidResponseError{Op: evil, StatusCode: 200, Reason: evil, RequestID: evil, Attempts: 9},
			&ValidationError{Field: evil, Reason: evil},
		} {
			checkLine(t, err.Error())
		}
	}
}

// checkLine checks that text is one line of at most 512 bytes that starts with apideck.
func checkLine(t *testing.T, text string) {
	t.Helper()
	notPrintable := strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	if len(text) > 512 || !utf8.ValidString(text) || notPrintable || !strings.HasPrefix(text, "apideck: ") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

func TestError_DoesNotPrintTheBody(t *testing.T) {
	const body = "<canary>"
	for _, err := range []error{
		NewAPIError("op", 1, response(400, "r"), []byte(body)),
		NewInvalidResponseError(response(200, "r"), []byte(body)),
	} {
		text := fmt.Sprintf("%v %+v %#v %s %q %x %d", err, err, err, err, err, err, err)
		for _, shown := range []string{"canary", fmt.Sprintf("%x", "canary"), strings.Trim(fmt.Sprint([]byte(body)), "[]")} {
			if strings.Contains(text, shown) {
				t.Errorf("%T shows %q: %s", err, shown, text)
			}
		}
	}
}

func TestError_WithoutABody(t *testing.T) {
	if (&APIError{}).Body() != nil || (&InvalidResponseError{}).Body() != nil {
		t.Error("a zero error has a body")
	}
}
