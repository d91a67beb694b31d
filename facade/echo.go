package facade

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// A server, or a proxy on the way, may send back what it was sent: in the
// message of a refusal, or in a header line so malformed that net/http quotes
// it. Both are made fit for a log before anything can print them.

const keyMask = "[API key]"

// sentKey returns the key that req carries, "" for one so short that it would
// be found in ordinary words.
func sentKey(req *http.Request) string {
	key := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	if len(key) < 8 {
		return ""
	}
	return key
}

// hideKey masks the key in the answer's header and in the body of a refusal,
// which it returns. The body of a success is left as it is.
func hideKey(req *http.Request, resp *http.Response, body []byte) []byte {
	key := sentKey(req)
	if key == "" {
		return body
	}
	for name, values := range resp.Header {
		for i, value := range values {
			if strings.Contains(value, key) {
				resp.Header = resp.Header.Clone() // the transport may share its own
				resp.Header[name][i] = strings.ReplaceAll(value, key, keyMask)
			}
		}
	}
	if resp.StatusCode < 300 {
		return body
	}
	if bytes.Contains(body, []byte(key)) {
		body = bytes.ReplaceAll(body, []byte(key), []byte(keyMask))
	}
	if bytes.IndexByte(body, '\\') >= 0 {
		body = escaped(key).ReplaceAllLiteral(body, []byte(keyMask))
	}
	return body
}

// escaped matches key as a JSON string may spell it: / as \/, any character as
// \u and its number.
func escaped(key string) *regexp.Regexp {
	var pattern strings.Builder
	for i := range len(key) {
		c := regexp.QuoteMeta(key[i : i+1])
		fmt.Fprintf(&pattern, `(?:\\?%s|\\u00(?i:%02x))`, c, key[i])
	}
	return regexp.MustCompile(pattern.String())
}

// hideEcho returns err, or its text alone when that holds something which
// stays out of messages: the key, or a part of the answer that net/http quotes.
func hideEcho(err error, req *http.Request) error {
	text := err.Error()
	for _, quoting := range []string{"malformed HTTP ", "malformed MIME header", "bad Content-Length", "multiple Content-Length", "unsupported transfer encoding"} {
		if at := strings.Index(text, quoting); at >= 0 {
			end := at + strings.IndexAny(text[at:]+`"`, `"[`)
			text = strings.TrimRight(text[:min(end, len(text))], ": ")
		}
	}
	if key := sentKey(req); key != "" {
		text = strings.ReplaceAll(text, key, keyMask)
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
