package facade

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
)

// A server or a proxy may send back what it was sent: in a header, in an error
// response, or in a line so malformed that net/http quotes it. The key is
// removed before anything can print it.

const redactedKey = "[API key]"

// sentKey returns the key in req. One shorter than 8 bytes comes with its
// "Bearer", so that ordinary words are left alone.
func sentKey(req *http.Request) string {
	value := req.Header.Get("Authorization")
	if key := strings.TrimPrefix(value, "Bearer "); len(key) >= 8 {
		return key
	}
	return value
}

// redactHeader returns h without key and without Location, which is not followed
// and may have a secret of its own. It copies h to change it: the transport may
// share its own.
func redactHeader(h http.Header, key string) http.Header {
	_, secret := h["Location"]
	for _, values := range h {
		secret = secret || strings.Contains(strings.Join(values, ","), key)
	}
	if !secret {
		return h
	}
	h = h.Clone()
	h.Del("Location")
	for _, values := range h {
		for i, value := range values {
			values[i] = strings.ReplaceAll(value, key, redactedKey)
		}
	}
	return h
}

func redactBody(body []byte, key string) []byte {
	if !bytes.Contains(body, []byte(key)) {
		return body // which ReplaceAll would copy
	}
	return bytes.ReplaceAll(body, []byte(key), []byte(redactedKey))
}

// redactError returns err, or its text alone if that has the key in it, or quotes
// a malformed response: net/http does so, and the line may be the session.
func redactError(err error, key string) error {
	text := strings.ReplaceAll(err.Error(), key, redactedKey)
	if before, _, quotes := strings.Cut(text, "malformed "); quotes {
		text = before + "malformed response"
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
