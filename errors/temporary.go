package errors

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
)

// Temporary reports whether the same call may succeed later, so that a user may
// press the button again. It is true for the statuses 408, 429 and 5xx, for a
// timeout, for a lost connection, and for a host that cannot be reached. It is
// false for other statuses, for a canceled context, for what a later call would
// meet again, such as a certificate that does not verify or a proxy that rejects
// the connection, for input that is not valid, for a response without a session,
// and for an error that is not of this package.
//
// Any other error of a middleware or of WithAPIKeyFunc is temporary, unless it has a
// method Permanent() bool that returns true.
func Temporary(err error) bool {
	transport, ok := errors.AsType[*TransportError](err)
	if ok {
		return transient(transport.Err)
	}

	api, ok := errors.AsType[*APIError](err)
	if !ok {
		return false
	}
	timedOut := api.StatusCode == http.StatusRequestTimeout
	return timedOut || api.Is(ErrRateLimited) || api.Is(ErrServer)
}

// transient reports whether the cause of a [TransportError] may go away by itself.
// It lists those that do not.
func transient(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}

	// WithAPIKeyFunc returned a key that is not valid.
	_, invalid := errors.AsType[*ValidationError](err)
	if invalid {
		return false
	}

	dns, ok := errors.AsType[*net.DNSError](err)
	if ok && dns.IsNotFound {
		return false
	}

	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	if badCertificate {
		return false
	}

	// A TLS alert of the server, or of an HTTPS proxy: no common version, or no client
	// certificate. But a bad record MAC means that the network has changed a byte.
	op, ok := errors.AsType[*net.OpError](err)
	if ok && op.Op == "proxyconnect" {
		op, ok = errors.AsType[*net.OpError](op.Err)
	}
	if ok && op.Op == "remote error" {
		return strings.Contains(op.Err.Error(), "bad record MAC")
	}

	if errors.Is(err, http.ErrSchemeMismatch) {
		return false
	}

	// Package facade, or a middleware, says so.
	marked, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return !ok || !marked.Permanent()
}
