package facade

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
)

// A response, or an error of net/http that quotes one, may echo the API key. It is
// redacted here, before anything can print it. Only the body of a success stays as
// it came, which no message quotes.

const redactedKey = "[API key]"

// redactHeader returns h with secret redacted and without Location, which is not
// followed and may have a secret of its own. It does not modify h, which a
// transport may share.
func redactHeader(h http.Header, secret string) http.Header {
	_, found := h["Location"]
	for _, values := range h {
		found = found || strings.Contains(strings.Join(values, ","), secret)
	}
	if !found {
		return h
	}
	h = h.Clone()
	h.Del("Location")
	for _, values := range h {
		for i, value := range values {
			values[i] = strings.ReplaceAll(value, secret, redactedKey)
		}
	}
	return h
}

func redactBody(body []byte, secret string) []byte {
	if !bytes.Contains(body, []byte(secret)) {
		return body // ReplaceAll would copy it
	}
	return bytes.ReplaceAll(body, []byte(secret), []byte(redactedKey))
}

// redactError returns err. But if its text contains secret, or quotes a malformed
// response, which may be a session, it returns an error with the redacted text.
func redactError(err error, secret string) error {
	text := strings.ReplaceAll(err.Error(), secret, redactedKey)
	if before, _, quotes := strings.Cut(text, "malformed "); quotes {
		text = before + "malformed response"
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
