package facade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// Everything that handles the API key is in this file: where it comes from, the
// header that it is sent in, and its redaction.

// auth is where the API key comes from.
type auth struct {
	source string // the option or environment variable that set it; "" if none did
	key    string
	fetch  func(context.Context) (string, error) // of WithAPIKeyFunc, instead of key
	known  []string                              // the keys that may be in a response, to redact
}

const fetchOption = "WithAPIKeyFunc"

func newAuth(key setting) auth {
	return auth{source: key.source, key: key.value, known: []string{key.value}}
}

func (a auth) validate() error {
	switch a.source {
	case "":
		return invalid("WithAPIKey", missing+EnvAPIKey)
	case fetchOption: // each key is checked when it is fetched
		return require(a.fetch != nil, fetchOption, "must not be nil")
	}
	return checkAPIKey(a.source, a.key)
}

// maxKey limits an API key, as servers limit a header.
const maxKey = 4 << 10

func checkAPIKey(field, key string) error {
	if len(key) > maxKey {
		return invalid(field, "must be at most %d bytes", maxKey)
	}
	scheme, _, _ := strings.Cut(key, " ")
	if strings.EqualFold(scheme, "Bearer") {
		return invalid(field, `must not begin with "Bearer"; give it the key alone`)
	}
	return checkText(field, key)
}

// fetchKey returns the API key of the next attempt, whose context is ctx.
func (c *call) fetchKey(ctx context.Context) (string, error) {
	if c.auth.fetch == nil {
		return c.auth.key, nil
	}

	key, err := c.auth.fetch(ctx)
	if ctx.Err() != nil && isContextError(ctx, err) {
		err = contextError(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", fetchOption, err)
	}
	if err := checkAPIKey(fetchOption, key); err != nil {
		return "", err
	}

	c.rememberKey(key)
	return key, nil
}

// rememberKey adds key to the keys to redact, of which the longest is first: a key
// may begin with another.
func (c *call) rememberKey(key string) {
	if slices.Contains(c.auth.known, key) {
		return
	}
	c.auth.known = append(c.auth.known, key)
	slices.SortFunc(c.auth.known, func(a, b string) int { return len(b) - len(a) })
}

// authorize sets the Authorization header of req.
func authorize(req *http.Request, key string) {
	req.Header["Authorization"] = []string{"Bearer " + key}
}

// A response, or an error, may echo the API key. It is redacted before anything
// can print it.

const redactedKey = "[API key]"

// needle returns what to look for to redact a key. For a short key, which may be an
// ordinary word, it is the whole value of the header.
func needle(key string) string {
	if len(key) < 8 {
		return "Bearer " + key
	}
	return key
}

// redactText returns text without the keys of the call. In JSON, any character of a
// key may be escaped.
func (c *call) redactText(text string) string {
	hasBackslash := strings.Contains(text, `\`)

	for _, key := range c.auth.known {
		if hasBackslash {
			text = replaceEscaped(text, needle(key))
		} else {
			text = strings.ReplaceAll(text, needle(key), redactedKey)
		}
	}
	return text
}

// redactBody is redactText for a body. It copies the body only if that has a key or
// a backslash.
func (c *call) redactBody(body []byte) []byte {
	hasBackslash := bytes.ContainsRune(body, '\\')
	hasKey := func(key string) bool { return bytes.Contains(body, []byte(needle(key))) }

	if hasBackslash || slices.ContainsFunc(c.auth.known, hasKey) {
		return []byte(c.redactText(string(body)))
	}
	return body
}

// replaceEscaped replaces key in text, in which any of its characters may be escaped.
func replaceEscaped(text, key string) string {
	key = strings.ReplaceAll(key, `\`, "") // escapedLen skips them in text
	var out strings.Builder

	for text != "" {
		n := escapedLen(text, key)
		if n > 0 {
			out.WriteString(redactedKey)
		} else {
			// With the character that they escape, so that no half of an escape is left.
			n = min(backslashes(text)+1, len(text))
			out.WriteString(text[:n])
		}
		text = text[n:]
	}
	return out.String()
}

// backslashes returns how many backslashes s begins with.
func backslashes(s string) int { return len(s) - len(strings.TrimLeft(s, `\`)) }

// escapedLen returns the length of key, which has no backslash, at the beginning of
// text, or 0 if it is not there. A character may be escaped as in JSON, such as \/ or
// \u002b. It has more backslashes in a JSON string inside a JSON string.
func escapedLen(text, key string) int {
	rest := text

	for i := range len(key) {
		n := backslashes(rest)
		rest = rest[n:]

		switch {
		case n > 0 && isUnicodeEscape(rest, key[i]):
			rest = rest[len("u0000"):]
		case strings.HasPrefix(rest, key[i:i+1]):
			rest = rest[1:]
		default:
			return 0
		}
	}
	return len(text) - len(rest)
}

// isUnicodeEscape reports whether s begins with char as the four hexadecimal digits of
// a \u escape.
func isUnicodeEscape(s string, char byte) bool {
	if len(s) < len("u0000") || s[0] != 'u' {
		return false
	}
	code, err := strconv.ParseUint(s[1:len("u0000")], 16, 16)
	return err == nil && code == uint64(char)
}

// redactedError stands for an error whose text has a key. It does not wrap that
// error, which would show the key.
type redactedError struct {
	text  string
	cause func() *apierrors.TransportError // a function, so that nothing prints the cause
}

func (e redactedError) Error() string        { return e.text }
func (e redactedError) Permanent() bool      { return !apierrors.Temporary(e.cause()) }
func (e redactedError) Timeout() bool        { return e.cause().Timeout() }
func (e redactedError) Is(target error) bool { return errors.Is(e.cause(), target) }

// redactError returns err, or a redactedError if its text has a key.
func (c *call) redactError(err error) error {
	text := c.redactText(err.Error())
	if text == err.Error() {
		return err
	}
	cause := &apierrors.TransportError{Err: err}
	return redactedError{text, func() *apierrors.TransportError { return cause }}
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
