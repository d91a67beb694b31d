package errors

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
)

// permanent is an error of package facade that another attempt would meet again.
type permanent bool

func (p permanent) Error() string   { return "permanent" }
func (p permanent) Permanent() bool { return bool(p) }

func TestTemporary(t *testing.T) {
	for status, want := range map[int]bool{
		307: false, 400: false, 401: false, 403: false, 404: false, 407: false, 409: false, 422: false, 425: false,
		408: true, 429: true, 499: false, 500: true, 501: true, 503: true, 599: true, 600: false,
	} {
		err := fmt.Errorf("wrapped: %w", &APIError{StatusCode: status})
		if got := Temporary(err); got != want {
			t.Errorf("%d: %v", status, got)
		}
	}

	badRequest := &APIError{StatusCode: 400} // of a middleware
	for err, want := range map[error]bool{
		nil:                                    false,
		errors.New("another"):                  false,
		&ValidationError{}:                     false,
		&InvalidResponseError{StatusCode: 200}: false,
		&TransportError{Err: context.Canceled}: false,
		fmt.Errorf("wrapped: %w", &TransportError{Err: badRequest}): true,
	} {
		if got := Temporary(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestTransient(t *testing.T) {
	busy := &APIError{StatusCode: 503}
	tests := []struct {
		name  string
		cause error
		want  bool
	}{
		{"none", nil, true},
		{"lost connection", io.EOF, true},
		{"reset", syscall.ECONNRESET, true},
		{"refused host", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{"unreachable host", &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, true},
		{"no file descriptor is free", &net.OpError{Op: "dial", Err: syscall.EMFILE}, true}, // row 79
		{"timeout", context.DeadlineExceeded, true},
		{"deadline after a 503", fmt.Errorf("%w; previous attempt: %w", context.DeadlineExceeded, busy), true},
		{"temporary DNS failure", &net.DNSError{IsTemporary: true}, true},
		{"a changed byte", &net.OpError{Op: "remote error", Err: errors.New("tls: bad record MAC")}, true},
		{"a middleware's own", errors.New("circuit open"), true},
		{"not permanent", permanent(false), true},

		{"canceled", context.Canceled, false},
		{"canceled after a 503", fmt.Errorf("%w; previous attempt: %w", context.Canceled, busy), false},
		{"unknown host", &net.DNSError{IsNotFound: true}, false},
		{"certificate", &tls.CertificateVerificationError{Err: errors.New("unknown CA")}, false},
		{"TLS alert", &net.OpError{Op: "remote error", Err: errors.New("tls: no certificate")}, false},
		{"TLS alert of a proxy", &net.OpError{Op: "proxyconnect",
			Err: &net.OpError{Op: "remote error", Err: errors.New("tls: no certificate")}}, false},
		{"refusing proxy", &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, true},
		{"plain HTTP", http.ErrSchemeMismatch, false},
		{"invalid key", &ValidationError{Field: "WithAPIKeyFunc"}, false},
		{"permanent", fmt.Errorf("in %w", permanent(true)), false},
	}
	for _, test := range tests {
		if got := transient(test.cause); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
