package growth

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// kind is a row of testdata/kinds.yaml, which says what its fields are.
type kind struct {
	Schema, Overlay map[string]any
	Value           string
	Sends           string
	Rejects         string
	Skips           string
}

// A property takes an edit of openapi.yaml, at most one action of the overlay, and
// `make generate`.
func TestProperty_EveryKind(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	var kinds map[string]kind
	if err := yaml.Unmarshal([]byte(testdata(t, "kinds.yaml")), &kinds); err != nil {
		t.Fatal(err)
	}
	flow := func(v any) string { // JSON is YAML
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var request, response, overlay, tests strings.Builder
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		k.Schema["description"] = "is a property."
		fmt.Fprintf(&request, "        %s: %s\n", name, flow(k.Schema))
		fmt.Fprintf(&response, "            %s: %s\n", name, flow(k.Schema))
		for _, schema := range []string{"Settings", "CreateSessionResponse.properties.data"} {
			if k.Overlay != nil {
				fmt.Fprintf(&overlay, "  - target: $.components.schemas.%s.properties.%s\n    update: %s\n",
					schema, name, flow(k.Overlay))
			}
		}
		field := strings.ToUpper(name[:1]) + name[1:]
		fmt.Fprintf(&tests, "\nfunc Test%s(t *testing.T) {\n\tkind{%q, facade.Settings{%[1]s: %[3]s},\n"+
			"\t\tfunc(d gen.SessionData) any { return d.%[1]s }, %[4]q, %[5]q, %[6]q}.test(t)\n}\n",
			field, name, k.Value, k.Sends, k.Rejects, k.Skips)
	}
	r.insert(t, "openapi.yaml", "          description: hides the connection guides. Default false.", request.String())
	r.insert(t, "openapi.yaml", "              example: https://vault.apideck.com/session/<session_token>", response.String())
	r.insert(t, "openapi.yaml", "        - ats", "        - banking\n")
	r.insert(t, "openapi.overlay.yaml", "", overlay.String())
	r.write(t, "probe/probe_test.go", testdata(t, "kinds_test.go.txt")+tests.String())

	r.must(t, "make", "generate")
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // additions are not breaking
	r.must(t, "go", "test", "./probe")
	r.must(t, "go", "test", "-C", "test", "./contract")                      // its random sessions have the new fields
	r.must(t, "go", "test", "-short", "./facade", "./errors", "./vaulttest") // no test has to change
}
