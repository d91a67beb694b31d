package gen

import (
	"fmt"
	"log/slog"
)

// Whoever holds a session URI or token is the consumer, so a value that a
// program prints or logs must not show them. The fields and json.Marshal stay
// faithful: handing the session on is what it is for.

const redacted = "[REDACTED]"

// Secret is a string that fmt and slog do not print. The overlay gives it to a
// property that must not be in a log: x-go-type: Secret.
type Secret string

// Format prints [REDACTED], whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns [REDACTED] for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints d with both values redacted, whatever the verb.
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

// Format prints r with its session redacted, whatever the verb.
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
