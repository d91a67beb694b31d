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
		// to it; without it the call would fail. See http.Transport and boundReplays.
		"Idempotency-Key": nil,
	}
}

// setHeader replaces the map: a client shares its own with its calls.
func (c *config) setHeader(key, value string) {
	c.header = maps.Clone(c.header)
	c.header[key] = []string{value}
}

// checkHeader checks what WithHeader sets. key is in its canonical form.
func checkHeader(key, value string) error {
	own := map[string]string{ // what to use instead, if anything; no variable, which would be work before main
		"Authorization": "use WithAPIKey", "Host": "use WithBaseURL", "User-Agent": "use WithUserAgent",
		"X-Apideck-App-Id": "use WithAppID", "X-Apideck-Consumer-Id": "use WithConsumerID",
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
		return invalid("WithHeader", "%s cannot be set; %s", key, cmp.Or(option, "the client controls it"))
	case problem != "":
		return invalid("WithHeader", "%s %s", key, problem)
	}
	return nil
}

// notTokenRune is for what is not a tchar of RFC 9110, section 5.6.2.
func notTokenRune(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && !strings.ContainsRune("0123456789!#$%&'*+-.^_`|~", r)
}
