package facade

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
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
	return body, errors.Join(err, checkSessionLength(session.Settings.SessionLength))
}

// SessionLength returns d as [Settings].SessionLength expects it, such as "30m"
// or "2h": one integer and one unit, rounded up to a whole minute. The API's
// default is one hour and its maximum one week. Create rejects "0m" and lengths
// above the maximum.
func SessionLength(d time.Duration) string {
	minutes := int64(math.Ceil(max(d, 0).Minutes()))
	if minutes > 0 && minutes%60 == 0 {
		return strconv.FormatInt(minutes/60, 10) + "h"
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

const maxSessionLength = 7 * 24 * time.Hour

// checkSessionLength accepts one integer and one unit. The API does not
// understand Go's own form of a duration, 1h0m0s.
func checkSessionLength(s string) error {
	if s == "" {
		return nil
	}
	units := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	}
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	if unit == 0 || err != nil || n == 0 || time.Duration(n) > maxSessionLength/unit {
		return invalid("settings.session_length",
			`%q must be one integer and one unit, at most one week, such as "30m"; use SessionLength`, s)
	}
	return nil
}
