package facade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// All that knows the API key is here: where it comes from, the header that it is
// sent in, and its redaction.

// auth is where the API key comes from: a key, or a function if fetch is not nil.
type auth struct {
	key   setting
	fetch func(context.Context) (string, error)
	known []string // the keys that were sent, or may be, to redact
}

func newAuth(key setting) auth { return auth{key: key, known: []string{key.value}} }

// fetchOption is the source of a function.
const fetchOption = "WithAPIKeyFunc"

func (a auth) validate() error {
	switch {
	case a.fetch != nil:
		return nil // each key is checked when it is fetched
	case a.key.source == fetchOption:
		return invalid(fetchOption, "must not be nil")
	case a.key == (setting{}):
		return missing("WithAPIKey", EnvAPIKey)
	}
	return checkAPIKey(a.key.source, a.key.value)
}

func checkAPIKey(field, key string) error {
	scheme, _, _ := strings.Cut(key, " ")
	if strings.EqualFold(scheme, "Bearer") {
		return invalid(field, `must not begin with "Bearer"; give it the key alone`)
	}
	return checkText(field, key)
}

// fetchKey returns the API key of the next attempt, whose context is ctx.
func (c *call) fetchKey(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", contextError(ctx)
	}
	if c.auth.fetch == nil {
		return c.auth.key.value, nil
	}

	key, err := c.auth.fetch(ctx)
	ignoredContext := err == nil || errors.Is(err, ctx.Err()) // or returned its error, which lacks the cause
	if ctx.Err() != nil && ignoredContext {
		err = contextError(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", fetchOption, err)
	}
	if err := checkAPIKey(fetchOption, key); err != nil {
		return "", err
	}

	if !slices.Contains(c.auth.known, key) {
		c.auth.known = append(c.auth.known, key)
	}
	return key, nil
}

// authorize sets the Authorization header of req.
func authorize(req *http.Request, key string) {
	req.Header["Authorization"] = []string{"Bearer " + key}
}

// A response, or an error, may echo the API key. It is redacted before anything
// can print it. Only the body of a success, which no message quotes, stays as it
// came.

const redactedKey = "[API key]"

// secret returns what to redact for a key. Of a short one, which may be an
// ordinary word, that is the header's value.
func secret(key string) string {
	if len(key) < 8 {
		return "Bearer " + key
	}
	return key
}

// redactText returns text without the keys of the call.
func (c *call) redactText(text string) string {
	for _, key := range c.auth.known {
		text = strings.ReplaceAll(text, secret(key), redactedKey)
	}
	return text
}

// redactError returns err, or an error with the redacted text if that has a key.
// The latter does not wrap err, which would show the key.
func (c *call) redactError(err error) error {
	text := c.redactText(err.Error())
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// redactHeader returns h without the keys of the call and without Location, which
// is not followed and may have a secret of its own. It does not modify h, which a
// transport may share.
func (c *call) redactHeader(h http.Header) http.Header {
	if !c.needsRedaction(h) {
		return h
	}

	h = h.Clone()
	h.Del("Location")

	for _, values := range h {
		for i, value := range values {
			values[i] = c.redactText(value)
		}
	}
	return h
}

func (c *call) needsRedaction(h http.Header) bool {
	if _, found := h["Location"]; found {
		return true
	}

	for _, values := range h {
		for _, value := range values {
			if c.redactText(value) != value {
				return true
			}
		}
	}
	return false
}

// redactBody returns body without the keys of the call. In JSON, any character
// of a key may be escaped.
func (c *call) redactBody(body []byte) []byte {
	escaped := bytes.ContainsRune(body, '\\')

	for _, key := range c.auth.known {
		if bytes.Contains(body, []byte(secret(key))) {
			body = bytes.ReplaceAll(body, []byte(secret(key)), []byte(redactedKey))
		}
		if escaped {
			body = escapedPattern(secret(key)).ReplaceAllLiteral(body, []byte(redactedKey))
		}
	}
	return body
}

// escapedPattern matches text with any of its characters escaped as in JSON, such
// as \/ or \u002b, and with the escapes of JSON inside a JSON string.
func escapedPattern(text string) *regexp.Regexp {
	var pattern strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&pattern, `(?:\\*%s|\\+u(?i:%04x))`, regexp.QuoteMeta(string(c)), c)
	}
	return regexp.MustCompile(pattern.String())
}
