package errors

// ValidationError means that an option or the session is not valid. A call
// returns it before anything is sent, joined with all others; [errors.AsType]
// finds the first. As the cause of a *TransportError it means that WithAPIKeyFunc
// returned a key that is not valid.
type ValidationError struct {
	// Field is the option, environment variable or argument, such as
	// "WithAPIKey", or the field's JSON name, such as "settings.session_length".
	// It is "session" for the whole session.
	Field  string `json:"field"`
	Reason string `json:"reason"` // what is wrong and how to fix it; never the value of a secret
}

// Error returns one line:
//
//	apideck: WithAppID: missing; use this option or set APIDECK_APP_ID
func (e *ValidationError) Error() string { return message(e.Field, e.Reason) }
