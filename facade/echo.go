package facade

import (
	"bytes"
	"errors"
	"net/http"
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
	for _, values := range resp.Header {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], key, keyMask)
		}
	}
	if resp.StatusCode >= 300 && bytes.Contains(body, []byte(key)) {
		return bytes.ReplaceAll(body, []byte(key), []byte(keyMask))
	}
	return body
}

// hideEcho returns err, or its text alone when that holds something which
// stays out of messages: the key, or the malformed line that net/http quotes.
func hideEcho(err error, req *http.Request) error {
	text := err.Error()
	if at := strings.Index(text, "malformed "); at >= 0 {
		before, _, _ := strings.Cut(text[at:], `"`)
		text = text[:at] + strings.TrimRight(before, ": ")
	}
	if key := sentKey(req); key != "" {
		text = strings.ReplaceAll(text, key, keyMask)
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
