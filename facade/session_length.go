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

const week = 7 * 24 * time.Hour

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
	var unit time.Duration
	switch s[len(s)-1] {
	case 's':
		unit = time.Second
	case 'm':
		unit = time.Minute
	case 'h':
		unit = time.Hour
	case 'd':
		unit = 24 * time.Hour
	case 'w':
		unit = week
	default:
		return false
	}

	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	if err != nil || n == 0 {
		return false
	}
	return n <= uint64(week/unit)
}
