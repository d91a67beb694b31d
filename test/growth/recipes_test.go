package growth

import (
	"strings"
	"testing"
)

// Three operations: a list with filters, a change that can clear a value, and one
// without a response body.
func TestOperation_RecipeOfContributing(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	parameters, schemas, _ := strings.Cut(testdata(t, "components.yaml"), "  schemas:\n")
	r.insert(t, "openapi.yaml", "paths:", testdata(t, "paths.yaml"))
	r.insert(t, "openapi.yaml", "  parameters:", strings.TrimPrefix(parameters, "  parameters:\n"))
	r.insert(t, "openapi.yaml", "  schemas:", schemas)
	r.write(t, "openapi.overlay.yaml", r.read(t, "openapi.overlay.yaml")+testdata(t, "overlay.yaml"))
	r.must(t, "make", "generate")

	methods := testdata(t, "probes.go.txt") // as in CONTRIBUTING.md, which test/docs compares
	r.write(t, "facade/probes.go", methods)
	r.insert(t, "facade/client.go", "type Vault struct {", "\tProbes *Probes // the probes of consumers\n")
	client := r.read(t, "facade/client.go")
	r.write(t, "facade/client.go", strings.Replace(client, "Vault = &Vault{", "Vault = &Vault{Probes: &Probes{client: c}, ", 1))
	r.write(t, "facade/probes_test.go", testdata(t, "probes_test.go.txt"))
	r.must(t, "gofmt", "-w", "facade/client.go")
	if lines := codeLines(methods) + 3; lines > 60 {
		t.Errorf("three operations take %d lines written by hand", lines)
	}

	r.commit(t)
	r.must(t, "make", "verify", "breaking") // an addition is not breaking
	r.must(t, "go", "vet", "./facade")
	r.must(t, "go", "test", "-run", "^TestProbes", "./facade")
	r.must(t, "go", "test", "-C", "test", "./contract")
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
