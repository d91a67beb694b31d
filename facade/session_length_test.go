package facade_test

import (
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

func withLength(length string) facade.Session {
	return facade.Session{Settings: facade.Settings{SessionLength: length}}
}

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
		if got := facade.SessionLength(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	c := newClient(t, session.option())
	for d := time.Second; d <= 7*24*time.Hour; d = d*3 + time.Second {
		if _, err := c.Vault.Sessions.Create(t.Context(), withLength(facade.SessionLength(d))); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestSessionsCreate_ChecksTheSessionLength(t *testing.T) {
	c := newClient(t, session.option())
	for _, length := range []string{"", "30m", "1h", "168h", "10080m", "604800s", "7d", "1w"} {
		if _, err := c.Vault.Sessions.Create(t.Context(), withLength(length)); err != nil {
			t.Errorf("%q: %v", length, err)
		}
	}
	for _, length := range []string{"1h0m0s", "3600", "h", "0m", "-1h", "+1h", "1.5h", "169h", "8d", "2w", "604801s",
		"99999999999999999999h", "99999999999999999999x", "4294967295w", " 1h", "1 h"} {
		_, err := c.Vault.Sessions.Create(t.Context(), withLength(length))
		wantInvalid(t, err, "settings.session_length")
	}
}
