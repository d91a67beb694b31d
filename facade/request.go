package facade

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
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
	// encoding/json replaces bytes that are not UTF-8. Where it may have done so,
	// tell it from a U+FFFD that was there before.
	if bytes.Contains(body, []byte("\ufffd")) || bytes.Contains(body, []byte(`\ufffd`)) {
		if field := invalidUTF8("", reflect.ValueOf(session)); field != "" {
			return nil, invalid(field, "is not valid UTF-8; its bytes would be lost on the way")
		}
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

// invalidUTF8 names the first string in v that is not valid UTF-8, "" if there
// is none. What encodes itself is left alone. v has no cycle: it was encoded.
func invalidUTF8(path string, v reflect.Value) string {
	if encodesItself(v) || v.CanAddr() && encodesItself(v.Addr()) {
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return path
		}
	case reflect.Pointer, reflect.Interface:
		return invalidUTF8(path, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "-" || !v.Type().Field(i).IsExported() {
				continue // not sent
			}
			name = cmp.Or(name, v.Type().Field(i).Name)
			if field := invalidUTF8(strings.TrimPrefix(path+"."+name, "."), v.Field(i)); field != "" {
				return field
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if field := invalidUTF8(fmt.Sprintf("%s[%d]", path, i), v.Index(i)); field != "" {
				return field
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if field := invalidUTF8(path, entry.Key()); field != "" {
				return field
			}
			if field := invalidUTF8(fmt.Sprintf("%s.%v", path, entry.Key()), entry.Value()); field != "" {
				return field
			}
		}
	}
	return ""
}

func encodesItself(v reflect.Value) bool {
	if !v.IsValid() || !v.CanInterface() {
		return false
	}
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return true
	}
	return false
}
