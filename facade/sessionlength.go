package facade

import (
	"errors"
	"strconv"
	"time"
)

// SessionLength returns d as [Settings].SessionLength wants it: one integer and
// one unit, "30m" or "2h", rounded up to a whole minute. The API's default is
// one hour and its limit one week; Create refuses a length of 0 or above that.
func SessionLength(d time.Duration) string {
	minutes := int64(max(d, 0) / time.Minute)
	if d > 0 && d%time.Minute != 0 {
		minutes++
	}
	if minutes > 0 && minutes%60 == 0 {
		return strconv.FormatInt(minutes/60, 10) + "h"
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

const week = 7 * 24 * time.Hour

// maxSessionLength is the API's own limit.
const maxSessionLength = week

// checkSessionLength wants one integer and one unit. Go's own form of a
// duration, 1h0m0s, is not understood by the API.
func checkSessionLength(s string) error {
	const field = "settings.session_length"
	if s == "" {
		return nil
	}
	number, letter := s[:len(s)-1], s[len(s)-1]
	n, err := strconv.ParseUint(number, 10, 32)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // n is the largest number, and too long
	}
	var unit time.Duration
	switch letter {
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
	}
	switch {
	case unit == 0 || err != nil:
		return invalid(field, `%q is not one integer and one unit, such as "30m" or "1h"; use SessionLength`, s)
	case n == 0:
		return invalid(field, "%q is no time at all; the shortest that SessionLength makes is 1m", s)
	case time.Duration(n) > maxSessionLength/unit:
		return invalid(field, "%q is longer than one week", s)
	}
	return nil
}
