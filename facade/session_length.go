package facade

import (
	"math"
	"strconv"
	"time"
)

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
