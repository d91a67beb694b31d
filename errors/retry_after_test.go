package errors

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const sent = "Wed, 21 Oct 2015 07:28:00 GMT"
	const in9s = "Wed, 21 Oct 2015 07:28:09 GMT"
	tests := []struct {
		row   int
		value string
		date  string
		want  time.Duration
	}{
		{44, "30", sent, 30 * time.Second},
		{44, "007", "", 7 * time.Second},
		{44, " 5\t", "", 5 * time.Second},
		{45, in9s, sent, 9 * time.Second},
		{45, "Wednesday, 21-Oct-15 07:28:09 GMT", sent, 9 * time.Second},
		{45, "Wed Oct 21 07:28:09 2015", sent, 9 * time.Second},
		{45, in9s, "Wed, 21 Oct 2015 07:28:05 GMT", 4 * time.Second},
		{45, "Sat, 01 Jan 2000 00:00:09 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", 9 * time.Second},
		{46, "0", "", 0},
		{46, sent, sent, 0},
		{46, "Thu, 01 Jan 1970 00:00:00 GMT", sent, 0},
		{47, "31535999", "", retryAfterLimit - time.Second},
		{47, "31536000", "", retryAfterLimit},
		{47, "99999999999999999999", "", retryAfterLimit},
		{47, "Fri, 31 Dec 9999 23:59:59 GMT", sent, retryAfterLimit},
		{96, "31536001", "", retryAfterLimit},
		{96, "99999999999", "", retryAfterLimit},
		{48, "-1", "", 0},
		{48, "1.5", "", 0},
		{48, "1e3", "", 0},
		{48, "", "", 0},
		{48, "5s", "", 0},
		{48, "٣", "", 0},
		{48, "Wed, 21 Oct 2015 07:28:09 CET", sent, 0},
	}
	for _, test := range tests {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got := retryAfter(h); got != test.want {
			t.Errorf("row %d: Retry-After %q, Date %q: got %v, want %v", test.row, test.value, test.date, got, test.want)
		}
	}
}

// Without a Date, or with one of a clock that was never set, the local clock counts.
func TestRetryAfter_ByTheLocalClock(t *testing.T) { // row 45
	for _, date := range []string{"", "nonsense", "Fri, 31 Dec 1999 23:59:59 GMT"} {
		inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
		got := retryAfter(http.Header{"Retry-After": {inAnHour}, "Date": {date}})
		if got <= 0 || got > time.Hour {
			t.Errorf("Date %q: got %v", date, got)
		}
	}
}

func TestRetryAfter_SentTwice(t *testing.T) { // row 48
	for _, values := range [][]string{nil, {"5", "5"}} {
		if got := retryAfter(http.Header{"Retry-After": values}); got != 0 {
			t.Errorf("%q: got %v", values, got)
		}
	}
}
