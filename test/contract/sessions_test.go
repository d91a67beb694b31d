package contract

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// What a caller builds arrives unchanged at each attempt, for any combination of
// absent, zero and set fields.
func TestSessionsCreate_SendsRandomSessionsAsTheyWereBuilt(t *testing.T) {
	t.Parallel()
	const sessions, seed = 250, 20261123
	c := load(t)
	server := vaulttest.NewServer(t)
	quick := facade.DefaultRetryConfig()
	quick.InitialInterval, quick.MaxInterval = time.Microsecond, time.Microsecond
	client := server.Client(transport{c, t, http.DefaultTransport}.option(), facade.WithRetries(quick),
		facade.WithConsumerID(`a "b"; c, d`), facade.WithAPIKey("key with spaces"), facade.WithAppID("~!@#$%^&*()"))
	random := generator{rand.New(rand.NewPCG(seed, 0))}
	for i := range sessions {
		built := encode(t, random.object("", c.session()))
		var session facade.Session
		if err := json.Unmarshal(built, &session); err != nil {
			t.Fatalf("session %d: %v\n%s", i, err, built)
		}
		server.Reset()
		server.Enqueue(vaulttest.ServerDown())
		resp, err := client.Vault.Sessions.Create(t.Context(), session)
		if err != nil || resp.Attempts != 2 {
			t.Fatalf("session %d: %v\n%s", i, err, built)
		}
		for _, request := range server.Requests() {
			if !sameJSON(request.Body, built) {
				t.Fatalf("session %d:\nsent %s\n for %s", i, request.Body, built)
			}
		}
	}
}

// generator makes sessions from the contract, so that it covers what is added.
type generator struct{ *rand.Rand }

// object returns an object as JSON is decoded. It has no value that the Go types
// cannot send: null, and "", 0 or {} for a property that may be absent instead.
func (g generator) object(path string, s *openapi3.Schema) map[string]any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name].Value
		at := strings.TrimPrefix(path+"."+name, ".")
		states := []string{"absent", "set"}
		if property.Type.Is("array") || property.Type.Is("boolean") || isMap(property) {
			states = append(states, "zero")
		}
		if slices.Contains(s.Required, name) {
			states = []string{"set"}
		}
		switch states[g.IntN(len(states))] {
		case "set":
			object[name] = g.value(at, property)
			if empty, ok := object[name].(map[string]any); ok && len(empty) == 0 && !isMap(property) {
				delete(object, name)
			}
		case "zero":
			object[name] = map[string]any{"array": []any{}, "boolean": false, "object": map[string]any{}}[property.Type.Slice()[0]]
		}
	}
	return object
}

// isMap reports whether a schema is an object of which no property is known.
func isMap(s *openapi3.Schema) bool { return s.Type.Is("object") && len(s.Properties) == 0 }

// value returns a value of a schema that is not the zero value.
func (g generator) value(path string, s *openapi3.Schema) any {
	alternatives := slices.Concat(s.OneOf, s.AnyOf, s.AllOf)
	switch {
	case len(s.Enum) > 0:
		values := slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == "" || v == 0.0 || v == nil })
		return values[g.IntN(len(values))]
	case len(alternatives) > 0:
		return g.value(path, alternatives[g.IntN(len(alternatives))].Value)
	case isMap(s) && s.AdditionalProperties.Schema != nil:
		return map[string]any{g.text(): g.value(path, s.AdditionalProperties.Schema.Value)}
	case isMap(s):
		return map[string]any{g.text(): g.any(), g.text(): g.any()}
	case s.Type.Is("object"):
		return g.object(path, s)
	case s.Type.Is("array"):
		values := make([]any, 1+g.IntN(5))
		for i := range values {
			values[i] = g.value(path, s.Items.Value)
		}
		return values
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"):
		return float64(1 + g.IntN(1<<20))
	case s.Type.Is("number"):
		return float64(1+g.IntN(1<<20)) / 4
	case s.Type.Is("string"):
		return g.formatted(path, s.Format)
	}
	return g.text()
}

func (g generator) formatted(path, format string) string {
	day := time.Unix(g.Int64N(4e9), 0).UTC()
	switch {
	case path == "settings.session_length":
		return fmt.Sprintf("%d%c", 1+g.IntN(168), "mh"[g.IntN(2)])
	case path == "redirect_uri" || format == "uri":
		return "https://x.io/a?b=" + url.QueryEscape(g.text())
	case format == "date-time":
		return day.Format(time.RFC3339)
	case format == "date":
		return day.Format(time.DateOnly)
	case format == "byte":
		return base64.StdEncoding.EncodeToString([]byte(g.text()))
	}
	return g.text() // the contract's validator knows no other format
}

// text returns a string with characters that are often mishandled.
func (g generator) text() string {
	pieces := []string{"a", "Zoë", "日本語", "👩‍👩‍👧", "\u202e", "\u2028", "\ufffd", "<script>", "&",
		`"`, `\`, `\u0000`, "\x00", "\n", "\t", " ", "https://x.io/?a=b&c=%2F#d", "é", "e\u0301"}
	var s strings.Builder
	for range 1 + g.IntN(8) {
		s.WriteString(pieces[g.IntN(len(pieces))])
	}
	return s.String()
}

// any returns free-form JSON.
func (g generator) any() any {
	values := []any{
		nil, true, g.NormFloat64() * 1e6, g.text(), []any{}, []any{nil, []any{g.text()}},
		map[string]any{}, map[string]any{"": nil, g.text(): map[string]any{g.text(): []any{g.text(), false}}},
	}
	return values[g.IntN(len(values))]
}
