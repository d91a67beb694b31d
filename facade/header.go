package facade

import (
	"cmp"
	"maps"
	"net/http"
	"strings"
)

// defaultHeader is what every request has. The generated client adds
// Content-Type, x-apideck-app-id and x-apideck-consumer-id, and prepare the key.
func defaultHeader() http.Header {
	return http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {userAgent},
		// An Idempotency-Key without values is not sent. It lets net/http send the
		// request again if the server closes a pooled connection just as we write
		// to it; without it the call would fail. See http.Transport and replay.
		"Idempotency-Key": nil,
	}
}

// setHeader replaces the map: a client shares its own with its calls.
func (c *config) setHeader(key, value string) {
	c.header = maps.Clone(c.header)
	c.header[key] = []string{value}
}

// checkHeader returns the canonical form of key.
func checkHeader(field, key, value string) (string, error) {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return !isTokenRune(r) }) {
		return "", invalid(field, "%q is not a valid header name", key)
	}
	key = http.CanonicalHeaderKey(key)
	own := map[string]string{ // what to use instead, if anything; no variable, which would be work before main
		"Authorization": "use WithAPIKey", "Host": "use WithBaseURL", "User-Agent": "use WithUserAgent",
		"X-Apideck-App-Id": "use WithAppID", "X-Apideck-Consumer-Id": "use WithConsumerID",
		"Accept": "", "Accept-Encoding": "", "Connection": "", "Content-Encoding": "", "Content-Length": "",
		"Content-Type": "", "Expect": "", "Keep-Alive": "", "Proxy-Authorization": "", "Proxy-Connection": "",
		"Te": "", "Trailer": "", "Transfer-Encoding": "", "Upgrade": "",
	}
	if option, ok := own[key]; ok {
		reason := cmp.Or(option, "the client controls the connection and the encoding")
		return "", invalid(field, "%s cannot be set; %s", key, reason)
	}
	if problem := textProblem(value); problem != "" {
		return "", invalid(field, "%s %s", key, problem)
	}
	return key, nil
}

// isTokenRune is tchar of RFC 9110, section 5.6.2.
func isTokenRune(r rune) bool {
	return isUnreserved(r) || strings.ContainsRune("!#$%&'*+^`|", r)
}

// isUnreserved is unreserved of RFC 3986, section 2.3.
func isUnreserved(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r)
}
