package facade

import (
	"errors"
	"net/http"
	"strconv"
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
	cloned := false
	for name, values := range resp.Header {
		for i, value := range values {
			if !strings.Contains(value, key) {
				continue
			}
			if !cloned {
				resp.Header, cloned = resp.Header.Clone(), true // the transport may share its own
			}
			resp.Header[name][i] = strings.ReplaceAll(value, key, keyMask)
		}
	}
	if resp.StatusCode < 300 {
		return body
	}
	var masked []byte
	done := 0 // how much of body is in masked
	for i := 0; i < len(body); i++ {
		if n := spelt(body[i:], key); n > 0 {
			masked = append(append(masked, body[done:i]...), keyMask...)
			done = i + n
			i = done - 1
		}
	}
	if done == 0 {
		return body
	}
	return append(masked, body[done:]...)
}

// spelt returns how many bytes of body spell key as a JSON string may, with
// escapes such as \/ and \u002f, or 0 when body does not begin with it.
func spelt(body []byte, key string) (length int) {
	for i := range len(key) {
		rest := body[length:]
		switch {
		case len(rest) > 0 && rest[0] == key[i]:
			length++
		case len(rest) > 1 && rest[0] == '\\' && rest[1] == key[i]:
			length += 2
		case len(rest) > 5 && rest[0] == '\\' && rest[1] == 'u' && isHex(rest[2:6], key[i]):
			length += 6
		default:
			return 0
		}
	}
	return length
}

func isHex(digits []byte, c byte) bool {
	n, err := strconv.ParseUint(string(digits), 16, 16)
	return err == nil && n == uint64(c)
}

// hideEcho returns err, or its text alone when that holds something which
// stays out of messages: the key, or a part of the answer that net/http quotes.
func hideEcho(err error, req *http.Request) error {
	text := err.Error()
	for _, quoting := range []string{"malformed HTTP ", "malformed MIME header", "bad Content-Length", "multiple Content-Length", "unsupported transfer encoding"} {
		if at := strings.Index(text, quoting); at >= 0 {
			end := at + strings.IndexAny(text[at:]+`"`, `"[`)
			text = strings.TrimRight(text[:end], ": ")
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
