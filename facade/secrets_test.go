package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
)

// prints returns v as every fmt verb, JSON and both slog handlers show it.
func prints(v any) string {
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	if encoded, err := json.Marshal(v); err == nil {
		all.Write(encoded)
	}
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.Level(-100)}
	slog.New(slog.NewTextHandler(&log, level)).Info("v", "v", v)
	slog.New(slog.NewJSONHandler(&log, level)).Info("v", "v", v)
	all.Write(log.Bytes())
	return all.String()
}
