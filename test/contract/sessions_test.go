package contract

import (
	"cmp"
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
		if !slices.Contains(s.Required, name) && g.IntN(2) == 0 {
			continue
		}
		property := s.Properties[name].Value
		value := g.value(strings.TrimPrefix(path+"."+name, "."), property)
		fields, isObject := value.(map[string]any)
		isEmpty := isObject && len(fields) == 0
		if !isEmpty || isMap(property) {
			object[name] = value
		}
	}
	return object
}

// isMap reports whether a schema is an object of which no property is known.
func isMap(s *openapi3.Schema) bool { return s.Type.Is("object") && len(s.Properties) == 0 }

// value returns a value of a schema, but neither "" nor 0.
func (g generator) value(path string, s *openapi3.Schema) any {
	alternatives := slices.Concat(s.OneOf, s.AnyOf, s.AllOf)
	switch {
	case len(s.Enum) > 0:
		values := slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == "" || v == 0.0 || v == nil })
		return values[g.IntN(len(values))]
	case len(alternatives) > 0:
		return g.value(path, alternatives[g.IntN(len(alternatives))].Value)
	case isMap(s) && g.IntN(2) == 0:
		return map[string]any{}
	case isMap(s) && s.AdditionalProperties.Schema != nil:
		return map[string]any{odd: g.value(path, s.AdditionalProperties.Schema.Value)}
	case isMap(s):
		return map[string]any{odd: free[g.IntN(len(free))]}
	case s.Type.Is("object"):
		return g.object(path, s)
	case s.Type.Is("array"):
		values := make([]any, g.IntN(5))
		for i := range values {
			values[i] = g.value(path, s.Items.Value)
		}
		return values
	case s.Type.Is("boolean"):
		return g.IntN(2) == 0
	case s.Type.Is("integer"), s.Type.Is("number"):
		return float64(1 + g.IntN(1<<20))
	case path == "settings.session_length":
		return fmt.Sprintf("%d%c", 1+g.IntN(168), "mh"[g.IntN(2)])
	case path == "redirect_uri":
		return formatted["uri"]
	}
	return cmp.Or(formatted[s.Format], odd) // the contract's validator knows no other format
}

// odd has characters that are often mishandled.
const odd = "Zoë 日本語 👩‍👩‍👧 \u202e\u2028\ufffd <script>&\"\\\\u0000 \x00\n\t é e\u0301"

// free is free-form JSON.
var free = []any{nil, true, -1.5e6, []any{}, map[string]any{}, map[string]any{"": nil, odd: []any{odd, false}}}

// formatted has a string of each format.
var formatted = map[string]string{
	"byte":      "YQ==",
	"date":      "2026-11-28",
	"date-time": "2026-11-28T12:00:00Z",
	"uri":       "https://x.io/a?b=" + url.QueryEscape(odd),
}
