package facade

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// transient reports whether another attempt may succeed after an error of
// net/http. It lists the permanent ones; any other may be temporary.
func transient(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	// A TLS alert of the server: versions or ciphers do not match, or it requires
	// a client certificate.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return false
	}
	if proxy, ok := errors.AsType[proxyError](err); ok && proxy < 500 {
		return false
	}
	if errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errNoResponse) {
		return false
	}
	text := err.Error()
	return !slices.ContainsFunc(oversizedHeaders, func(part string) bool { return strings.Contains(text, part) })
}

// oversizedHeaders is how net/http says that headers are above
// MaxResponseHeaderBytes, or that informational responses do not end. It has no
// types for it.
var oversizedHeaders = []string{
	"server response headers exceeded",            // HTTP/1
	"response header list larger than advertised", // HTTP/2, a little above
	"connection error: PROTOCOL_ERROR",            // HTTP/2, far above
	"header list too large",                       // HTTP/2, informational
}
