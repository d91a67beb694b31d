package growth

import (
	"strings"
	"testing"
)

// Each edit makes a target of the Makefile fail with a message.
func TestGenerateAndVerify_StopWhatMustNotPass(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	const secret = "  - target: $.components.schemas.Settings.properties.show_logs\n    update: {x-go-type: Secret}\n"
	const open = "        open: {type: object, properties: {a: {type: string}}, additionalProperties: true, description: is open.}\n"
	for _, test := range []struct {
		name, file  string
		after, text string // of insert
		target      string
		says        string
	}{
		{"another name", "openapi.yaml", "    Theme:", "      x-go-name: Branding\n", "verify", "run 'make generate' and commit"},
		{"another generated file", "gen/more.gen.go", "", "package gen\n", "verify", "gen/more.gen.go"},
		{"names in another order", "openapi.yaml", "    UnifiedApiId:", "      x-enum-varnames: [Calendar, CRM]\n", "generate",
			"check x-enum-varnames"},
		{"a secret that is no string", "openapi.overlay.yaml", "", secret, "generate",
			"components.schemas.Settings.properties.show_logs: x-go-type: Secret is for a property of type string"},
		{"an open object", "openapi.yaml", "          description: hides the connection guides. Default false.", open, "generate",
			"components.schemas.Settings.properties.open: has properties and others: give it x-go-type: 'map[string]any'"},
	} {
		r.insert(t, test.file, test.after, test.text)
		out, err := r.run(t, "make", test.target)
		if err == nil || !strings.Contains(out, test.says) {
			t.Errorf("%s: make %s: %v; want %q in:\n%s", test.name, test.target, err, test.says, out)
		}
		r.must(t, "git", "checkout", "-q", ".")
		r.must(t, "git", "clean", "-qfd")
	}
}
