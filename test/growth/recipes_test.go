package growth

import (
	"os"
	"strings"
	"testing"
)

// A property or an enum value is an edit of openapi.yaml and `make generate`;
// nothing is written by hand.
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
		t.Error("the values after the new one have other names")
	}
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // growing breaks nobody

	r.write(t, "vaulttest/probe_test.go", testdata(t, "property_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./vaulttest")
	r.must(t, "go", "test", "-short", "./...")                    // and no test had to follow
	r.must(t, "go", "test", "-C", "test", "-short", "./contract") // whose random sessions have the new fields
}

// The worked examples of CONTRIBUTING.md: what a person writes for an operation.
const (
	consumers = `package facade

import (
	"context"

	"github.com/apideck-community/vault-go/gen"
)

// Consumers manages the customers that sessions were created for.
type Consumers struct{ client *Client }

// Delete deletes the consumer with the given id and its connections. Its errors
// are those of [Sessions.Create].
func (s *Consumers) Delete(ctx context.Context, id string, opts ...Option) (*gen.DeleteConsumerResponse, error) {
	call, err := s.client.newCall(ctx, "DELETE /vault/consumers/{consumer_id}", opts)
	if err := join(err, checkID("consumer_id", id)); err != nil {
		return nil, err
	}
	out := decodeInto(call, new(gen.DeleteConsumerResponse), nil)
	if _, err := call.raw().ConsumersDelete(ctx, id, &gen.ConsumersDeleteParams{AppID: call.appID}); err != nil {
		return nil, err
	}
	return out, nil
}
`
	connections = `package facade

import (
	"context"

	"github.com/apideck-community/vault-go/gen"
)

// Connections reads the connections of a consumer.
type Connections struct{ client *Client }

// List returns the connections of the consumer of [WithConsumerID]. The ids in p
// are set by the call. Its errors are those of [Sessions.Create].
func (s *Connections) List(ctx context.Context, p gen.ConnectionsAllParams, opts ...Option) (*gen.ConnectionsResponse, error) {
	call, err := s.client.newCall(ctx, "GET /vault/connections", opts)
	if err := join(err, call.requireConsumerID()); err != nil {
		return nil, err
	}
	p.AppID, p.ConsumerID = call.appID, call.consumerID
	out := decodeInto(call, new(gen.ConnectionsResponse), nil)
	if _, err := call.raw().ConnectionsAll(ctx, &p); err != nil {
		return nil, err
	}
	return out, nil
}
`
)

// An operation is a description and at most 15 lines of Go. The second and the
// third go the same way as the first.
func TestOperation_TakesAtMost15HandWrittenLines(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	r.replace(t, "openapi.yaml", "\ncomponents:\n", "\n"+testdata(t, "paths.yaml")+"components:\n")
	r.replace(t, "openapi.yaml", "\n    Error:\n", "\n"+testdata(t, "schemas.yaml")+"    Error:\n")
	r.write(t, "openapi.overlay.yaml", r.read(t, "openapi.overlay.yaml")+testdata(t, "overlay.yaml"))
	r.must(t, "make", "generate")
	for name, method := range map[string]string{"Consumers": consumers, "Connections": connections} {
		r.write(t, "facade/"+strings.ToLower(name)+".go", method)
		r.replace(t, "facade/client.go", "type Vault struct {\n", "type Vault struct {\n\t"+name+" *"+name+"\n")
		r.replace(t, "facade/client.go", "\tc.Vault = &Vault{", "\tc.Vault = &Vault{"+name+": &"+name+"{client: c}, ")
		if lines := codeLines(method) + 2; lines > 15 {
			t.Errorf("%s: %d lines written by hand", name, lines)
		}
		if _, shown, _ := strings.Cut(method, "\n)\n"); !strings.Contains(contributing(t), strings.TrimSpace(shown)) {
			t.Errorf("CONTRIBUTING.md does not show %s", name)
		}
	}
	r.must(t, "gofmt", "-w", "facade")
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // growing breaks nobody
	r.must(t, "go", "vet", "./...")
	r.write(t, "facade/probe_test.go", testdata(t, "operation_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./facade")
	r.must(t, "go", "test", "-C", "test", "-short", "./contract", "./growth")
}

func contributing(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// codeLines counts the lines that a person writes for the method: neither
// blank, nor comment, nor package clause and imports.
func codeLines(source string) int {
	_, body, _ := strings.Cut(source, "\n)\n")
	n := 0
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}
