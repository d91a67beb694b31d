package facade

import (
	"strconv"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// The types of a session are the generated ones, with three states for each
// optional field: absent, empty and set. A boolean is a pointer, written
// new(false). A list is absent when nil and empty when []T{}: AllowActions nil
// shows every action, []Action{} hides them all. An empty string is absent.
type (
	// Session says what one session shows and where it returns to.
	Session = gen.Session
	// ConsumerMetadata says how the consumer is shown in the sidebar.
	ConsumerMetadata = gen.ConsumerMetadata
	// Settings says which parts of the page the session shows.
	Settings = gen.Settings
	// Theme is the branding of the page.
	Theme = gen.Theme
	// UnifiedAPI is the id of a unified API, such as [UnifiedAPICRM].
	UnifiedAPI = gen.UnifiedAPI
	// Action is something a consumer can do to a connection, such as [ActionDelete].
	Action = gen.Action
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

//go:generate go run -C ../tools ./enums
