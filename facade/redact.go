package facade

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// A server or a proxy may send back what it was sent: in a header, in an error
// response, or in a line so malformed that net/http quotes it. The key is
// removed before anything can print it.

const redactedKey = "[API key]"

// sentKey returns the key in req, or "" for one so short that it would be found
// in ordinary words.
func sentKey(req *http.Request) string {
	key := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	if len(key) < 8 {
		return ""
	}
	return key
}

// redactResponse removes key from the response's headers and, unless it is a
// success, from the body, which it returns. It also removes Location, which is
// not followed and may have a secret of its own.
func redactResponse(resp *http.Response, body []byte, key string) []byte {
	echoes := func(value string) bool { return key != "" && strings.Contains(value, key) }
	_, secret := resp.Header["Location"]
	for _, values := range resp.Header {
		secret = secret || slices.ContainsFunc(values, echoes)
	}
	if secret {
		resp.Header = resp.Header.Clone() // the transport may share its own
		resp.Header.Del("Location")
		for _, values := range resp.Header {
			for i, value := range values {
				values[i] = redactText(value, key)
			}
		}
	}
	success := resp.StatusCode >= 200 && resp.StatusCode <= 299
	if success || key == "" || !bytes.Contains(body, []byte(key)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(key), []byte(redactedKey))
}

func redactText(text, key string) string {
	if key == "" {
		return text
	}
	return strings.ReplaceAll(text, key, redactedKey)
}

// redactError returns err, or its text alone if that has the key in it, or quotes
// a malformed response: net/http does so, and the line may be the session.
func redactError(err error, key string) error {
	text := err.Error()
	if before, _, quotes := strings.Cut(text, "malformed "); quotes {
		text = before + "malformed response"
	}
	text = redactText(text, key)
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
