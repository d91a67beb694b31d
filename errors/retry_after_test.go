package errors_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestAPIError_RetryAfter(t *testing.T) { synctest.Test(t, testRetryAfter) }

func testRetryAfter(t *testing.T) {
	const s, year = time.Second, 365 * 24 * time.Hour
	const now, in9 = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:09 GMT"
	clock, _ := http.ParseTime(now)
	time.Sleep(time.Until(clock)) // in the bubble
	retryAfter := func(h http.Header) time.Duration {
		return apierrors.NewAPIError("op", 1, &http.Response{Header: h}, nil).RetryAfter
	}
	tests := []struct {
		row   int
		value string
		date  string
		want  time.Duration
	}{
		{44, "1", "", s}, {44, "30", "", 30 * s}, {44, "31", "", 31 * s}, {44, "007", "", 7 * s}, {44, " 5\t", "", 5 * s},
		{45, in9, "", 9 * s},
		{45, "Wednesday, 21-Oct-15 07:28:09 GMT", "", 9 * s}, {45, "Wed Oct 21 07:28:09 2015", "", 9 * s},
		{45, in9, "Wed, 21 Oct 2015 07:28:05 GMT", 4 * s}, // on the server's clock
		{45, in9, "Tue, 21 Oct 1997 07:28:05 GMT", 9 * s}, // which was never set
		{45, in9, "nonsense", 9 * s},
		{46, "0", "", 0}, {46, "000", "", 0}, {46, now, "", 0}, {46, "Thu, 01 Jan 1970 00:00:00 GMT", "", 0},
		{46, in9, "Wed, 21 Oct 2015 09:00:00 GMT", 0},
		{47, "31535999", "", year - s}, {47, "31536000", "", year}, {96, "31536001", "", year},
		{96, "99999999999", "", year}, {47, "99999999999999999999", "", year}, {47, "Fri, 31 Dec 9999 23:59:59 GMT", "", year},
		{48, "-1", "", 0}, {48, "+1", "", 0}, {48, "1.5", "", 0}, {48, "NaN", "", 0}, {48, "Inf", "", 0}, {48, "0x10", "", 0},
		{48, "1e3", "", 0}, {48, "", "", 0}, {48, " ", "", 0}, {48, "soon", "", 0}, {48, "5s", "", 0}, {48, "5 5", "", 0},
		{48, "٣", "", 0}, {48, "2015-10-21T07:28:09Z", "", 0}, {48, "Wed, 21 Oct 2015 07:28:09 CET", "", 0},
		{48, "Wed, 99 Oct 2015 07:28:09 GMT", "", 0},
	}
	for _, r := range tests {
		h := http.Header{"Retry-After": {r.value}, "Date": {r.date}}
		if got := retryAfter(h); got != r.want {
			t.Errorf("row %d: Retry-After %q, Date %q: got %v, want %v", r.row, r.value, r.date, got, r.want)
		}
	}
	for _, values := range [][]string{nil, {"5", "5"}} {
		if got := retryAfter(http.Header{"Retry-After": values}); got != 0 {
			t.Errorf("row 48: %q: got %v", values, got)
		}
	}
	t.Logf("figure: Retry-After: %d of %d values as the table says", len(tests), len(tests))
}
