package facade

import (
	"testing"
	"time"
)

func TestSessionLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Minute:                "30m",
		time.Hour:                       "1h",
		90 * time.Minute:                "90m",
		7 * 24 * time.Hour:              "168h",
		time.Nanosecond:                 "1m",
		61 * time.Second:                "2m",
		59*time.Minute + 59*time.Second: "1h",
		0:                               "0m",
		-time.Hour:                      "0m",
		1<<63 - 1:                       "153722868m",
	} {
		if got := SessionLength(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

func TestSessionLength_IsValid(t *testing.T) {
	for d := time.Second; d <= 7*24*time.Hour; d = d*3 + time.Second {
		if err := checkSessionLength(SessionLength(d)); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestCheckSessionLength(t *testing.T) {
	for length, valid := range map[string]bool{
		"": true, "30m": true, "1h": true, "168h": true, "10080m": true, "604800s": true, "7d": true, "1w": true,
		"1h0m0s": false, "3600": false, "h": false, "0m": false, "-1h": false, "+1h": false, "1.5h": false,
		"169h": false, "8d": false, "2w": false, "604801s": false, " 1h": false, "1 h": false, "1h ": false,
		"99999999999999999999h": false, "99999999999999999999x": false, "4294967295w": false,
	} {
		if err := checkSessionLength(length); (err == nil) != valid {
			t.Errorf("%q: %v", length, err)
		}
	}
}
