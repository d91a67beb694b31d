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
	dns, _ := errors.AsType[*net.DNSError](err)
	certificate, _ := errors.AsType[*tls.CertificateVerificationError](err)
	op, _ := errors.AsType[*net.OpError](err)
	proxy, _ := errors.AsType[proxyError](err)
	switch {
	case dns != nil && dns.IsNotFound,
		certificate != nil,
		op != nil && op.Op == "remote error", // a TLS alert of the server: no common version, or no client certificate
		0 < proxy && proxy < 500,
		errors.Is(err, http.ErrSchemeMismatch),
		errors.Is(err, errNoResponse):
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
