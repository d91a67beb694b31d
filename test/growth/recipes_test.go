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
	r.insert(t, "openapi.overlay.yaml", "", testdata(t, "overlay.yaml"))
	r.must(t, "make", "generate")

	r.write(t, "facade/probes.go", testdata(t, "probes.go.txt")) // as in CONTRIBUTING.md, which test/docs compares
	r.insert(t, "facade/client.go", "type Vault struct {", "\tProbes *Probes // the probes of consumers\n")
	r.insert(t, "facade/client.go", "\tc.Vault = &Vault{Sessions: &Sessions{client: c}}", "\tc.Vault.Probes = &Probes{client: c}\n")
	r.write(t, "facade/probes_test.go", testdata(t, "probes_test.go.txt"))

	r.commit(t)
	r.must(t, "make", "verify", "breaking") // an addition is not breaking
	r.must(t, "go", "vet", "./facade")
	r.must(t, "go", "test", "-run", "^TestProbes", "./facade")
	r.must(t, "go", "test", "-C", "test", "./contract")
}
