package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxRequestBody bounds what is sent. A session is a few hundred bytes; only
// custom_consumer_settings can grow.
const maxRequestBody = 256 << 10

// encodeSession checks the session and encodes it, once for all attempts.
func encodeSession(session Session) ([]byte, error) {
	if err := checkSession(session); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a redirect URI crosses the wire as it was given
	if err := enc.Encode(session); err != nil {
		// The other fields are strings and booleans: they always encode.
		return nil, invalid("custom_consumer_settings", "cannot be encoded as JSON: %v", err)
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(body) > maxRequestBody {
		return nil, invalid("session", "is %d bytes of JSON; at most %d are sent: custom_consumer_settings is meant for a few values", len(body), maxRequestBody)
	}
	if field := replacedUTF8("", body); field != "" {
		return nil, invalid(field, "is not valid UTF-8; its bytes would be lost on the way")
	}
	return body, nil
}

func checkSession(session Session) error {
	for i, api := range session.Settings.UnifiedAPIs {
		if !api.Valid() {
			return invalid(fmt.Sprintf("settings.unified_apis[%d]", i), "%q is not a unified API; use a constant such as UnifiedAPICRM", api)
		}
	}
	for i, action := range session.Settings.AllowActions {
		if !action.Valid() {
			return invalid(fmt.Sprintf("settings.allow_actions[%d]", i), "%q is not an action; use a constant such as ActionDelete", action)
		}
	}
	return checkSessionLength(session.Settings.SessionLength)
}

// replacedUTF8 names the first value in which encoding/json replaced bytes that
// are not UTF-8, "" if there is none. It writes the escape \ufffd for them, and
// a genuine U+FFFD as the character itself.
func replacedUTF8(path string, encoded json.RawMessage) string {
	if !hasEscape(encoded, `\ufffd`) {
		return ""
	}
	var object map[string]json.RawMessage
	var array []json.RawMessage
	switch {
	case json.Unmarshal(encoded, &object) == nil:
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if field := replacedUTF8(strings.TrimPrefix(path+"."+key, "."), object[key]); field != "" {
				return field
			}
		}
	case json.Unmarshal(encoded, &array) == nil:
		for i, element := range array {
			if field := replacedUTF8(fmt.Sprintf("%s[%d]", path, i), element); field != "" {
				return field
			}
		}
	}
	return path // a string, or the key of an object
}

// hasEscape reports whether escape stands in the JSON text, and not merely
// behind an escaped backslash.
func hasEscape(text []byte, escape string) bool {
	for {
		at := bytes.Index(text, []byte(escape))
		if at < 0 {
			return false
		}
		backslashes := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if backslashes%2 == 0 {
			return true
		}
		text = text[at+len(escape):]
	}
}
