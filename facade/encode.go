package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxRequestBody bounds what is sent. A session is a few hundred bytes; only
// custom_consumer_settings can grow.
const maxRequestBody = 256 << 10

// encodeSession checks the session and encodes it, once for all attempts. The
// values of enums are not checked: the API may know more than this version.
func encodeSession(session Session) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a redirect URI is sent as it is
	err := enc.Encode(session)
	body := bytes.TrimSpace(buf.Bytes())
	// encoding/json replaces bytes that are not UTF-8 with U+FFFD; fmt does not.
	replaced := bytes.Contains(body, []byte("\ufffd")) || bytes.Contains(body, []byte(`\ufffd`))
	switch {
	case err != nil: // the other fields are strings and booleans, which always encode
		err = invalid("custom_consumer_settings", "cannot be encoded as JSON: %v", err)
	case !utf8.Valid(body) || replaced && !utf8.ValidString(fmt.Sprint(session)):
		err = invalid("session", "has a string that is not valid UTF-8; convert it")
	case len(body) > maxRequestBody:
		err = invalid("session", "is %d bytes of JSON; it must be at most %d, "+
			"so put less into custom_consumer_settings", len(body), maxRequestBody)
	}
	return body, join(err, checkSessionLength(session.Settings.SessionLength))
}
