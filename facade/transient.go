package facade

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// transient reports whether another attempt may fare better after err, which
// net/http returned. It names what cannot pass; anything else may.
func transient(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	// A TLS alert from the other side: versions or ciphers do not match.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return false
	}
	if errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errProxyAuth) {
		return false
	}
	text := err.Error()
	return !slices.ContainsFunc(oversizedHeader, func(part string) bool { return strings.Contains(text, part) })
}

// oversizedHeader is how net/http says that a header is above
// MaxResponseHeaderBytes, or that informational answers are without end. It has
// no types for it.
var oversizedHeader = []string{
	"server response headers exceeded",            // HTTP/1
	"response header list larger than advertised", // HTTP/2, a little above
	"connection error: PROTOCOL_ERROR",            // HTTP/2, far above
	"header list too large",                       // HTTP/2, informational
}
