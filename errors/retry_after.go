package errors

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfterLimit is the largest RetryAfter.
const retryAfterLimit = 365 * 24 * time.Hour

// retryAfter returns the Retry-After of a response: whole seconds, or a date in one
// of the three forms of RFC 9110, section 10.2.3. It returns 0 for a missing,
// repeated, invalid or past value, and at most a year, so that a caller can add to
// it.
func retryAfter(h http.Header) time.Duration {
	value := strings.Trim(strings.Join(h["Retry-After"], ","), " \t")

	digits := strings.Trim(value, "0123456789") == ""
	if digits && value != "" {
		seconds, err := strconv.ParseInt(value, 10, 32)
		if err != nil { // too many digits
			return retryAfterLimit
		}
		return min(time.Duration(seconds)*time.Second, retryAfterLimit)
	}

	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}

	// The date is relative to the server's clock. So use its Date instead of the
	// local clock, unless it is from before 2000: then it was never set.
	now := time.Now()
	sent, err := http.ParseTime(h.Get("Date"))
	if err == nil && sent.Year() >= 2000 {
		now = sent
	}
	return min(max(date.Sub(now), 0), retryAfterLimit) // Sub saturates
}
