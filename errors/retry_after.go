package errors

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter returns the Retry-After of a response: whole seconds or a date in
// one of the three forms of RFC 9110, section 10.2.3. It returns 0 if the value is
// neither, or in the past, or if there are two. A very large value is the largest
// Duration.
func retryAfter(h http.Header) time.Duration {
	value := strings.Trim(strings.Join(h["Retry-After"], ","), " \t")
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 34) // 2^33 seconds, which a Duration can hold
		if err != nil {
			return math.MaxInt64
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now := time.Now()
	// The date is relative to the server's clock. So use its Date instead of the
	// local clock, unless it is from before 2000: then it was never set.
	if sent, err := http.ParseTime(h.Get("Date")); err == nil && sent.Year() >= 2000 {
		now = sent
	}
	return max(date.Sub(now), 0) // Sub saturates
}
