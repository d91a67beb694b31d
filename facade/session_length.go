package facade

import (
	"math"
	"strconv"
	"time"
)

// SessionLength returns d in the form of [Settings].SessionLength, such as "30m" or
// "2h", rounded up to a whole minute; "0m" if d is not positive. The API's default
// is one hour, its maximum one week. Create rejects "0m" and more than one week.
func SessionLength(d time.Duration) string {
	minutes := int64(math.Ceil(max(d, 0).Minutes()))
	if minutes > 0 && minutes%60 == 0 {
		return strconv.FormatInt(minutes/60, 10) + "h"
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

// checkSessionLength accepts one integer and one unit, or "", which is the API's
// default. The API does not accept the form of time.Duration.String, such as
// 1h0m0s.
func checkSessionLength(s string) error {
	if s == "" || isSessionLength(s) {
		return nil
	}
	return invalid("settings.session_length",
		`must be one integer and one unit, at most one week, such as "30m", not %q; see facade.SessionLength`, s)
}

func isSessionLength(s string) bool {
	const week = 7 * 24 * 60 * 60
	seconds := map[byte]uint64{'s': 1, 'm': 60, 'h': 60 * 60, 'd': 24 * 60 * 60, 'w': week}

	last := len(s) - 1
	n, err := strconv.ParseUint(s[:last], 10, 31)
	if err != nil {
		return false
	}
	length := n * seconds[s[last]] // 0 for another unit
	return length > 0 && length <= week
}
