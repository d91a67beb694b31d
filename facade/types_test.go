package facade_test

import (
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

func TestSessionLengthIsOneIntegerAndOneUnit(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Minute:                "30m",
		time.Hour:                       "1h",
		90 * time.Minute:                "90m",
		2 * time.Hour:                   "2h",
		7 * 24 * time.Hour:              "168h",
		time.Minute:                     "1m",
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
}

func TestWhateverSessionLengthMakesOfALengthUpToAWeekIsAccepted(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, 200, nil, sessionJSON)
	for d := time.Second; d <= 7*24*time.Hour; d = d*3 + time.Second {
		session := facade.Session{Settings: facade.Settings{SessionLength: facade.SessionLength(d)}}
		if _, err := client.Vault.Sessions.Create(t.Context(), session); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}
