package errors

// ValidationError means that an option or the session is not valid. Nothing was
// sent. If there are several problems, they are joined, and [errors.AsType]
// finds the first.
type ValidationError struct {
	// Field is the option or environment variable, such as "WithAPIKey", or the
	// field as on the wire, such as "settings.session_length". "session" is the
	// whole session.
	Field  string
	Reason string // what is wrong and how to fix it; never the value of a secret
}

// Error returns one line:
//
//	apideck: WithAppID: is missing; use WithAppID or set APIDECK_APP_ID
func (e *ValidationError) Error() string { return message(e.Field, e.Reason) }
