package errors

// ValidationError means that an option or the session cannot be sent. Nothing
// was sent. New reports several at once, joined.
type ValidationError struct {
	Field  string // the option or environment variable, such as "WithAPIKey", or the field as on the wire, such as "settings.session_length" ("session": all of it)
	Reason string // what is wrong and what to do; never the value of a secret
}

// Error returns one line:
//
//	apideck: WithAppID: is missing; use WithAppID or set APIDECK_APP_ID
func (e *ValidationError) Error() string {
	return message(e.Field, clean(e.Reason, 380))
}
