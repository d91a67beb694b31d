package gen

import (
	"fmt"
	"log/slog"
)

// Whoever holds a session URI or token acts as the consumer, so fmt and slog
// print both redacted. The fields and json.Marshal have the real values, because
// a program must pass the session on.

const redacted = "[REDACTED]"

// Secret is a string that fmt and slog print redacted. In the overlay,
// x-go-type: Secret gives a property this type.
type Secret string

// Format prints [REDACTED] for every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns [REDACTED] for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints d with both values redacted, for every verb.
func (d SessionData) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), d.String())
}

// String returns d with both values redacted.
func (d SessionData) String() string {
	return "{SessionURI:" + redacted + " SessionToken:" + redacted + "}"
}

// LogValue returns d for slog with both values redacted.
func (d SessionData) LogValue() slog.Value {
	return slog.GroupValue(slog.String("session_uri", redacted), slog.String("session_token", redacted))
}

// Format prints r with its session redacted, for every verb.
func (r CreateSessionResponse) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), r.String())
}

// String returns r with its session redacted.
func (r CreateSessionResponse) String() string {
	return fmt.Sprintf("{StatusCode:%d Status:%q Data:%s}", r.StatusCode, r.Status, r.Data)
}

// LogValue returns r for slog with its session redacted.
func (r CreateSessionResponse) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("status_code", r.StatusCode), slog.String("status", r.Status),
		slog.Any("data", r.Data))
}
