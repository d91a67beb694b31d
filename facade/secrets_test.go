package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// prints returns v as every fmt verb and both slog handlers show it.
func prints(v any) string {
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.Level(-100)}
	slog.New(slog.NewTextHandler(&log, level)).Info("v", "v", v)
	slog.New(slog.NewJSONHandler(&log, level)).Info("v", "v", v)
	all.Write(log.Bytes())
	return all.String()
}

// asJSON returns v as JSON, "" when it cannot be encoded.
func asJSON(v any) string {
	encoded, _ := json.Marshal(v)
	return string(encoded)
}
