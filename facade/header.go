package facade

import (
	"cmp"
	"maps"
	"net/http"
	"strings"
)

// defaultHeader returns the headers of every request. The generated client adds
// Content-Type, x-apideck-app-id and x-apideck-consumer-id, and prepare adds
// Authorization. What is added here belongs into checkHeader, too.
func defaultHeader() http.Header {
	return http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {userAgent},
		// An Idempotency-Key without values is not sent. It lets net/http send the
		// request again if the server closes a pooled connection while the request
		// is written. See http.Transport and boundReplays.
		"Idempotency-Key": nil,
	}
}

// setHeader replaces the map, which a client shares with its calls.
func (c *config) setHeader(key, value string) {
	c.header = maps.Clone(c.header)
	c.header[key] = []string{value}
}

// checkHeader checks the arguments of WithHeader. key is in its canonical form.
func checkHeader(key, value string) error {
	own := map[string]string{ // the option that sets the header, if any
		"Authorization": "WithAPIKey", "Host": "WithBaseURL", "User-Agent": "WithUserAgent",
		"X-Apideck-App-Id": "WithAppID", "X-Apideck-Consumer-Id": "WithConsumerID",
		"Accept": "", "Accept-Encoding": "", "Connection": "", "Content-Encoding": "", "Content-Length": "",
		"Content-Type": "", "Expect": "", "Keep-Alive": "", "Proxy-Authorization": "", "Proxy-Connection": "",
		"Te": "", "Trailer": "", "Transfer-Encoding": "", "Upgrade": "",
	}
	option, ok := own[key]
	problem := textProblem(value)
	switch {
	case key == "" || strings.ContainsFunc(key, notTokenRune):
		return invalid("WithHeader", "%q is not a valid header name", key)
	case ok:
		return invalid("WithHeader", "%s is set by %s", key, cmp.Or(option, "the client"))
	case problem != "":
		return invalid("WithHeader", "%s %s", key, problem)
	}
	return nil
}

// notTokenRune reports whether r is not a tchar of RFC 9110, section 5.6.2.
func notTokenRune(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && !strings.ContainsRune("0123456789!#$%&'*+-.^_`|~", r)
}
