// Package modules limits what the library adds to a program: modules, binary size,
// and work before main.
package modules

import (
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

// newProgram returns the folder of a module with one main package, after go mod tidy.
func newProgram(t *testing.T, source string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// Quoted, because the path of a clone may have spaces.
	module := fmt.Sprintf("module program\n\ngo 1.26.0\n\nreplace %s => %q\n", library, root)
	for name, text := range map[string]string{"go.mod": module, "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	goCommand(t, dir, "mod", "tidy")
	return dir
}

// goCommand runs the go command in dir and returns the words that it prints.
func goCommand(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.Fields(string(out))
}

func TestModules_ImportAddsThreeAndFewToTheGraph(t *testing.T) {
	t.Parallel()
	dir := newProgram(t, strings.Replace(withLibrary, "import (", "import (\n\t_ \""+library+"/vaulttest\"", 1))
	used := goCommand(t, dir, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	slices.Sort(used)
	want := []string{
		"github.com/apapsch/go-jsonmerge/v2", library, "github.com/google/uuid", "github.com/oapi-codegen/runtime", "program",
	}
	if used := slices.Compact(used); !slices.Equal(used, want) {
		t.Errorf("a program uses %v, want %v", used, want)
	}
	graph := goCommand(t, dir, "list", "-m", "-f", "{{.Path}}", "all")
	if len(graph) > 15 { // with the program and the library
		t.Errorf("the module graph has %d modules, want at most 15: %v", len(graph), graph)
	}
}

func TestBinary_GrowsByAtMost400KiBAndDoesNothingBeforeMain(t *testing.T) {
	t.Parallel()
	dir := newProgram(t, withLibrary)
	more := size(t, dir) - size(t, newProgram(t, byHand))
	t.Logf("the library adds %d KiB, without debug information", more)
	if more < 10 || more > 400 {
		t.Errorf("the library adds %d KiB, want 10 to 400", more)
	}

	goCommand(t, dir, "build", "-o", "program") // with symbols
	own, others := 0, 0
	for _, symbol := range goCommand(t, dir, "tool", "nm", "program") {
		if name, ok := strings.CutSuffix(symbol, "..inittask"); ok {
			own += strings.Count(name, library)
			others += strings.Count(name, "github.com/google/uuid")
		}
	}
	if own != 0 || others == 0 {
		t.Errorf("%d packages of the library do work before main, want 0 (google/uuid: %d, want 1)", own, others)
	}
}

// size returns the size of a program without debug information in KiB.
func size(t *testing.T, dir string) int64 {
	t.Helper()
	goCommand(t, dir, "build", "-ldflags=-s -w", "-o", "program")
	info, err := os.Stat(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size() >> 10
}
