package facade

import "github.com/apideck-community/vault-go/gen"

// The types of a session are aliases of the generated ones.
type (
	// Session says what one session shows and where it returns to. Every field
	// is optional. A list is absent when nil and sent empty when []T{}: a nil
	// AllowActions shows every action, []Action{} hides them all. A boolean is a
	// pointer, written new(false). An empty string is absent. See [gen.Session]
	// for the fields: go doc github.com/apideck-community/vault-go/gen Session.
	Session = gen.Session
	// ConsumerMetadata says how the consumer is shown in the sidebar. See
	// [gen.ConsumerMetadata] for the fields.
	ConsumerMetadata = gen.ConsumerMetadata
	// Settings says which parts of the page the session shows. See
	// [gen.Settings] for the fields and their defaults.
	Settings = gen.Settings
	// Theme is the branding of the page. See [gen.Theme] for the fields.
	Theme = gen.Theme
	// UnifiedAPI is the id of a unified API, such as [UnifiedAPICRM].
	UnifiedAPI = gen.UnifiedAPI
	// Action is something a consumer can do to a connection, such as [ActionDelete].
	Action = gen.Action
)
