package growth

import (
	"strings"
	"testing"
)

// A property or an enum value takes an edit of openapi.yaml and `make generate`.
func TestProperty_TakesNoHandWrittenLine(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	r.replace(t, "openapi.yaml", "        hide_guides:\n", `        beta_mode:
          type: boolean
          default: false
          description: Shows what is in beta. Default false.
        max_items:
          type: integer
          description: How many integrations a page shows.
        flags:
          type: object
          description: Free-form JSON.
        hide_guides:
`)
	r.replace(t, "openapi.yaml", "        favicon:\n", `        font_family:
          type: string
          description: Font, as in CSS.
        favicon:
`)
	r.replace(t, "openapi.yaml", "              - reauthorize\n", "              - reauthorize\n              - archive\n")
	r.replace(t, "openapi.yaml", "        - ats\n", "        - ats\n        - banking\n")
	r.must(t, "make", "generate")
	for _, name := range strings.Fields(r.must(t, "git", "diff", "--name-only")) {
		if name != "openapi.yaml" && !strings.HasSuffix(name, ".gen.go") {
			t.Errorf("%s changed too", name)
		}
	}
	if !strings.Contains(r.read(t, "gen/client.gen.go"), `UnifiedAPICRM                   UnifiedAPI = "crm"`) {
		t.Error("the values after the new one were renamed")
	}
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // an addition is not breaking

	r.write(t, "vaulttest/probe_test.go", testdata(t, "property_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./vaulttest")
	r.must(t, "go", "test", "-short", "./...")                    // no test has to change
	r.must(t, "go", "test", "-C", "test", "-short", "./contract") // its random sessions have the new fields
}

// An operation takes a description and at most 15 lines of Go.
func TestOperation_TakesAtMost15HandWrittenLines(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	for _, path := range []string{"/vault/consumers/{consumer_id}", "/vault/connections"} {
		if strings.Contains(r.read(t, "openapi.yaml"), "\n  "+path+":\n") {
			t.Skipf("the contract now has %s: choose another example", path)
		}
	}
	r.replace(t, "openapi.yaml", "\ncomponents:\n", "\n"+testdata(t, "paths.yaml")+"components:\n")
	r.replace(t, "openapi.yaml", "\n    Error:\n", "\n"+testdata(t, "schemas.yaml")+"    Error:\n")
	r.write(t, "openapi.overlay.yaml", r.read(t, "openapi.overlay.yaml")+testdata(t, "overlay.yaml"))
	r.must(t, "make", "generate")
	for _, name := range []string{"Consumers", "Connections"} {
		file := strings.ToLower(name) + ".go"
		method := testdata(t, file+".txt") // as in CONTRIBUTING.md, which test/docs compares
		r.write(t, "facade/"+file, method)
		r.replace(t, "facade/client.go", "type Vault struct {\n", "type Vault struct {\n\t"+name+" *"+name+"\n")
		r.replace(t, "facade/client.go", "\tc.Vault = &Vault{", "\tc.Vault = &Vault{"+name+": &"+name+"{client: c}, ")
		if lines := codeLines(method) + 2; lines > 15 {
			t.Errorf("%s: %d lines written by hand", name, lines)
		}
	}
	r.must(t, "gofmt", "-w", "facade")
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // an addition is not breaking
	r.must(t, "go", "vet", "./...")
	r.write(t, "facade/probe_test.go", testdata(t, "operation_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./facade")
	r.must(t, "go", "test", "-C", "test", "-short", "./contract", "./growth")
}

// codeLines counts the lines that are neither blank nor comment, below the imports.
func codeLines(source string) (n int) {
	_, code, _ := strings.Cut(source, "\n)\n")
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}
