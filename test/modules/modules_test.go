// Package modules limits what the library adds to a program: modules, binary size,
// and work before main.
package modules

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const library = "github.com/apideck-community/vault-go"

// withLibrary is a program that creates a session, and byHand one that makes the
// same request with net/http and encoding/json.
const (
	withLibrary = `package main

import (
	"context"

	"github.com/apideck-community/vault-go/facade"
)

func main() {
	client, err := facade.New()
	if err != nil {
		panic(err)
	}
	session := facade.Session{RedirectURI: "https://example.com"}
	println(client.Vault.Sessions.Create(context.Background(), session))
}
`
	byHand = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	body, _ := json.Marshal(struct{ RedirectURI string }{"https://example.com"})
	resp, err := http.Post("https://unify.apideck.com/vault/sessions", "application/json", bytes.NewReader(body))
	if err == nil {
		err = json.NewDecoder(resp.Body).Decode(new(struct{ SessionURI string }))
	}
	fmt.Println(err)
}
`
)

// program is a module with one main package.
type program struct{ dir string }

// newProgram writes a program with the given requirements and runs go mod tidy.
func newProgram(t *testing.T, source string, requirements ...string) program {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	p := program{t.TempDir()}
	// Quoted, because the path of a clone may have spaces.
	module := fmt.Sprintf("module program\n\ngo 1.26.0\n\nreplace %s => %q\n", library, root)
	for _, r := range requirements {
		module += "\nrequire " + r + "\n"
	}
	for name, text := range map[string]string{"go.mod": module, "main.go": source} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "mod", "tidy")
	return p
}

func (p program) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// modules returns the modules that go.mod requires besides the library.
func (p program) modules(t *testing.T) (all []string) {
	t.Helper()
	var file struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(p.run(t, "mod", "edit", "-json")), &file); err != nil {
		t.Fatal(err)
	}
	for _, m := range file.Require {
		if m.Path != library {
			all = append(all, m.Path+" "+m.Version)
		}
	}
	return all
}

// size builds the program and returns the size of its binary in KiB.
func (p program) size(t *testing.T, flags string) int64 {
	t.Helper()
	p.run(t, "build", flags, "-o", "program")
	info, err := os.Stat(filepath.Join(p.dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size() >> 10
}

func TestModules_ImportAddsThreeToGoModAndFewToTheGraph(t *testing.T) {
	t.Parallel()
	source := strings.Replace(withLibrary, "import (", "import (\n\t_ \""+library+"/vaulttest\"", 1)
	p := newProgram(t, source)
	graph := strings.Fields(p.run(t, "list", "-m", "-f", "{{.Path}}", "all"))
	if len(graph) > 15 { // with the program and the library
		t.Errorf("the module graph has %d modules, want at most 15: %v", len(graph), graph)
	}

	var paths []string
	for _, module := range p.modules(t) {
		path, _, _ := strings.Cut(module, " ")
		paths = append(paths, path)
	}
	slices.Sort(paths)
	want := []string{"github.com/apapsch/go-jsonmerge/v2", "github.com/google/uuid", "github.com/oapi-codegen/runtime"}
	if !slices.Equal(paths, want) {
		t.Errorf("a program requires %v, want %v", paths, want)
	}
}

func TestBinary_GrowsByAtMost400KiBAndDoesNothingBeforeMain(t *testing.T) {
	t.Parallel()
	sdk, bare := newProgram(t, withLibrary), newProgram(t, byHand)
	stripped, plain := sdk.size(t, "-ldflags=-s -w"), bare.size(t, "-ldflags=-s -w")
	t.Logf("without debug information: %d KiB with the library, %d KiB by hand", stripped, plain)
	if more := stripped - plain; more < 10 || more > 400 {
		t.Errorf("the library adds %d KiB, want 10 to 400", more)
	}
	t.Logf("with debug information: %d KiB and %d KiB", sdk.size(t, "-ldflags="), bare.size(t, "-ldflags="))

	own, others := 0, 0
	for line := range strings.Lines(sdk.run(t, "tool", "nm", "program")) {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), "..inittask"); ok {
			own += strings.Count(name, library)
			others += strings.Count(name, "github.com/google/uuid")
		}
	}
	if own != 0 || others == 0 {
		t.Errorf("%d packages of the library do work before main, want 0 (google/uuid: %d, want 1)", own, others)
	}
}
