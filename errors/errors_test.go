package errors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"
)

type timeout bool

func (t timeout) Error() string { return "timeout" }
func (t timeout) Timeout() bool { return bool(t) }

func TestTransportError_Timeout(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, errors.New("cause"): false, timeout(true): true, timeout(false): false,
		fmt.Errorf("in %w", timeout(true)):                                      true,
		fmt.Errorf("%w; previous attempt: %w", context.Canceled, timeout(true)): false,
	} {
		if got := (&TransportError{Err: err}).Timeout(); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestTransportError_Error(t *testing.T) {
	cause := errors.New("cause")
	err := &TransportError{Op: "op", Attempts: 3, NotRetried: "no time", Err: cause}
	wantMessages(t, map[string]error{
		"apideck: not sent: no response":                        &TransportError{},
		"apideck: op: cause (3 attempts; not retried: no time)": err,
	})
	if !errors.Is(err, cause) {
		t.Errorf("%v does not unwrap to its cause", err)
	}
}

func TestError_JSONIsTheMessage(t *testing.T) {
	for _, err := range []error{
		&APIError{Op: "op", StatusCode: 429, Message: "slow down", RetryAfter: time.Second},
		&TransportError{Op: "op", Attempts: 1, Err: errors.New("timed out")},
		&InvalidResponseError{Op: "op", StatusCode: 200, Reason: "no session"},
		&ValidationError{Field: "WithAppID", Reason: "missing"},
	} {
		want, _ := json.Marshal(map[string]string{"err": err.Error()})
		got, marshalErr := json.Marshal(map[string]error{"err": err})
		if marshalErr != nil || string(got) != string(want) {
			t.Errorf("%T is %s, %v, want %s", err, got, marshalErr, want)
		}
	}
}
