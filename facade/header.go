package facade

import (
	"context"
	"maps"
	"net/http"
	"runtime"
	"strings"
)

const version = "0.1.0"

const ownUserAgent = "vault-go/" + version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"

// ownHeader is what a request has before the options. The generated client
// itself sets Content-Type, x-apideck-app-id and x-apideck-consumer-id.
func ownHeader() http.Header {
	return http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {ownUserAgent},
		// An Idempotency-Key without values puts nothing on the wire. It tells
		// net/http that the request may be replayed when the server closes a
		// pooled connection just as we write to it; without it that race is
		// the caller's error. See the documentation of http.Transport.
		"Idempotency-Key": nil,
	}
}

// setHeaders is a request editor of the generated client, the first: a call
// whose context has ended asks for no key.
func (c *call) setHeaders(ctx context.Context, req *http.Request) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	maps.Copy(req.Header, c.header)
	return nil
}

// setHeader leaves the map as it is: a client shares its own with its calls.
func (s *settings) setHeader(key, value string) {
	s.header = maps.Clone(s.header)
	s.header[key] = []string{value}
}

// reserved says, for a header that WithHeader cannot set, what to do instead.
func reserved(key string) string {
	switch key {
	case "Authorization":
		return "use WithAPIKey"
	case "X-Apideck-App-Id":
		return "use WithAppID"
	case "X-Apideck-Consumer-Id":
		return "use WithConsumerID"
	case "User-Agent":
		return "use WithUserAgent"
	case "Host":
		return "use WithBaseURL"
	case "Proxy-Authorization", "Proxy-Connection":
		return "use WithHTTPClient with a transport for the proxy"
	case "Accept", "Accept-Encoding", "Content-Type", "Content-Length", "Content-Encoding",
		"Connection", "Expect", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return "the client governs the connection and the encoding"
	}
	return ""
}

// checkHeader returns the canonical form of key.
func checkHeader(key, value string) (string, error) {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return !isTokenRune(r) }) {
		return "", invalid("WithHeader", "%q is not a header name", key)
	}
	key = http.CanonicalHeaderKey(key)
	if why := reserved(key); why != "" {
		return "", invalid("WithHeader", "%s cannot be set; %s", key, why)
	}
	if problem := textProblem(value); problem != "" {
		return "", invalid("WithHeader", "%s %s", key, problem)
	}
	return key, nil
}

// isTokenRune is tchar of RFC 9110, section 5.6.2.
func isTokenRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
