// Package modules limits what the library adds to a program: modules, binary size,
// and work before main.
package modules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const library = "github.com/apideck-community/vault-go"

// goCommand runs the go command in the library's module and returns the words that
// it prints.
func goCommand(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.Fields(string(out))
}

func TestModules_ImportAddsThreeAndFewToTheGraph(t *testing.T) {
	t.Parallel()
	used := goCommand(t, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./examples/quickstart", "./vaulttest")
	slices.Sort(used)
	want := []string{"github.com/apapsch/go-jsonmerge/v2", library, "github.com/google/uuid", "github.com/oapi-codegen/runtime"}
	if used := slices.Compact(used); !slices.Equal(used, want) {
		t.Errorf("a program uses %v, want %v", used, want)
	}
	graph := goCommand(t, "list", "-m", "-f", "{{.Path}}", "all")
	if len(graph) > 14 { // with the library
		t.Errorf("the module graph has %d modules, want at most 14: %v", len(graph), graph)
	}
}

func TestBinary_GrowsByAtMost400KiBAndDoesNothingBeforeMain(t *testing.T) {
	t.Parallel()
	more := size(t, "./examples/quickstart") - size(t, "./test/modules/testdata/byhand/main.go")
	t.Logf("the library adds %d KiB, without debug information", more)
	if more < 10 || more > 400 {
		t.Errorf("the library adds %d KiB, want 10 to 400", more)
	}

	program := filepath.Join(t.TempDir(), "program")
	goCommand(t, "build", "-o", program, "./examples/quickstart") // with symbols
	own, others := 0, 0
	for _, symbol := range goCommand(t, "tool", "nm", program) {
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
func size(t *testing.T, source string) int64 {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	goCommand(t, "build", "-ldflags=-s -w", "-o", program, source)
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size() >> 10
}
