package errors

// ValidationError means that an option or the session is not valid. Nothing was
// sent. The problems of a call are joined, and [errors.AsType] finds the first.
// As the cause of a *TransportError it is about the key of WithAPIKeyFunc.
type ValidationError struct {
	// Field is the option, environment variable or argument, such as
	// "WithAPIKey", or the field's JSON name, such as "settings.session_length".
	// It is "session" for the whole session.
	Field  string
	Reason string // what is wrong and how to fix it; never the value of a secret
}

// Error returns one line:
//
//	apideck: WithAppID: is missing; use this option or set APIDECK_APP_ID
func (e *ValidationError) Error() string { return message(e.Field, e.Reason) }
