package growth

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Recipe (a): a property or an enum value is an edit of openapi.yaml and
// `make generate`; nothing is written by hand.
func TestANewPropertyOrEnumValueTakesNoHandWrittenLine(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	r.replace(t, "openapi.yaml", "        hide_guides:\n", `        beta_mode:
          type: boolean
          default: false
          x-go-type-skip-optional-pointer: false
          description: Shows what is in beta. Default false.
        max_items:
          type: integer
          description: How many integrations a page shows.
        hide_guides:
`)
	r.replace(t, "openapi.yaml", "        favicon:\n", "        font_family:\n          type: string\n          description: Font, as in CSS.\n        favicon:\n")
	r.replace(t, "openapi.yaml", "              - reauthorize\n", "              - reauthorize\n              - archive\n")
	r.replace(t, "openapi.yaml", "        - ats\n", "        - ats\n        - banking\n")
	r.replace(t, "openapi.yaml", "        - ATS\n", "        - ATS\n        - Banking\n")
	r.must(t, "make", "generate")

	for _, name := range strings.Fields(r.must(t, "git", "diff", "--name-only")) {
		if name != "openapi.yaml" && !strings.HasSuffix(name, ".gen.go") {
			t.Errorf("%s changed too", name)
		}
	}
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // growing breaks nobody

	r.write(t, "vaulttest/probe_test.go", testdata(t, "property_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./vaulttest")
	r.must(t, "go", "test", "-short", "./...")                    // and no test had to follow
	r.must(t, "go", "test", "-C", "test", "-short", "./contract") // whose random sessions have the new fields
}

// consumersMethod is the worked example of CONTRIBUTING.md: the file that a
// person writes for GET /vault/consumers/{consumer_id}.
const consumersMethod = `package facade

import (
	"context"

	"github.com/apideck-community/vault-go/gen"
)

// Consumers reads the customers that sessions were created for.
type Consumers struct{ client *Client }

// Get returns the consumer with the given id. Its errors are those of
// [Sessions.Create].
func (s *Consumers) Get(ctx context.Context, id string, opts ...Option) (*gen.GetConsumerResponse, error) {
	call, err := s.client.newCall("GET /vault/consumers/{consumer_id}", opts)
	if err != nil {
		return nil, err
	}
	raw := gen.Client{Server: call.base.url, Client: call}
	answer, err := raw.ConsumersOne(ctx, id, &gen.ConsumersOneParams{AppID: call.appID}, call.setHeaders, call.authorize)
	return receive(call, answer, err, new(gen.GetConsumerResponse), nil)
}
`

// Recipe (b): a new operation is a description and at most 15 lines of Go.
func TestANewOperationTakesAtMost15HandWrittenLines(t *testing.T) {
	t.Parallel()
	r := copyRepository(t)
	r.replace(t, "openapi.yaml", "\ncomponents:\n", "\n"+testdata(t, "path.yaml")+"components:\n")
	r.replace(t, "openapi.yaml", "\n    Error:\n", "\n"+testdata(t, "schemas.yaml")+"    Error:\n")
	r.must(t, "make", "generate")
	r.write(t, "facade/consumers.go", consumersMethod)
	wiring := 0
	for old, line := range map[string]string{
		"type Vault struct {\n": "\tConsumers *Consumers // the customers that sessions are for\n",
		"\tc.Vault = &Vault{":   "Consumers: &Consumers{client: c}, ",
	} {
		r.replace(t, "facade/client.go", old, old+line)
		wiring++
	}
	if lines := codeLines(consumersMethod) + wiring; lines > 15 {
		t.Errorf("%d lines written by hand", lines)
	} else {
		t.Logf("%d lines written by hand", lines)
	}
	r.must(t, "gofmt", "-w", "facade")
	r.commit(t)
	r.must(t, "make", "verify", "breaking") // growing breaks nobody
	r.must(t, "go", "vet", "./...")
	r.write(t, "facade/probe_test.go", testdata(t, "operation_probe_test.go.txt"))
	r.must(t, "go", "test", "-run", "TestProbe$", "./facade")
	r.must(t, "go", "test", "-C", "test", "-short", "./contract")
}

// The worked example that people read is the one that is tested.
func TestTheWorkedExampleIsTheOneInContributing(t *testing.T) {
	t.Parallel()
	_, method, _ := strings.Cut(consumersMethod, "type Consumers")
	if !strings.Contains(contributing(t), "type Consumers"+method) {
		t.Errorf("CONTRIBUTING.md does not hold\ntype Consumers%s", method)
	}
}

// An extension that nobody explains is one that nobody dares to remove.
func TestEveryExtensionOfTheContractIsExplained(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := contributing(t)
	used := regexp.MustCompile(`(?m)^ *(x-(?:go|omit|enum|oapi|order|deprecated)[a-z-]*):`).FindAllStringSubmatch(string(contract), -1)
	if len(used) == 0 {
		t.Fatal("no extension found")
	}
	for _, extension := range used {
		if !strings.Contains(text, "| `"+extension[1]) {
			t.Errorf("%s is not in the table of CONTRIBUTING.md", extension[1])
		}
	}
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
