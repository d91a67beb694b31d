// Package modules holds the library to what it adds to a consumer's build.
package modules

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const program = `package main

import (
	_ "github.com/apideck-community/vault-go/facade"
	_ "github.com/apideck-community/vault-go/vaulttest"
)

func main() {}
`

// consumer writes a module that imports the library and returns what its
// go.mod requires after go mod tidy, as path@version: the modules that take part
// in its build.
func consumer(t *testing.T, source string, requirements ...string) []string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module consumer\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/apideck-community/vault-go v0.0.0\n\t"+
		strings.Join(requirements, "\n\t")+"\n)\n\nreplace github.com/apideck-community/vault-go => "+root+"\n")
	write("main.go", source)
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("mod", "tidy")
	run("build", "./...")
	var file struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(run("mod", "edit", "-json")), &file); err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, m := range file.Require {
		if !strings.HasPrefix(m.Path, "github.com/apideck-community/") {
			modules = append(modules, m.Path+"@"+m.Version)
		}
	}
	return modules
}

func TestImportingTheLibraryAddsExactlyThreeModules(t *testing.T) {
	t.Parallel()
	var paths []string
	for _, module := range consumer(t, program) {
		path, _, _ := strings.Cut(module, "@")
		paths = append(paths, path)
	}
	slices.Sort(paths)
	want := []string{"github.com/apapsch/go-jsonmerge/v2", "github.com/google/uuid", "github.com/oapi-codegen/runtime"}
	if !slices.Equal(paths, want) {
		t.Errorf("a consumer gets %v, want %v", paths, want)
	}
}

func TestConsumersOwnOlderKinOpenapiIsLeftAlone(t *testing.T) {
	t.Parallel()
	const old = "github.com/getkin/kin-openapi@v0.128.0"
	source := strings.Replace(program, "import (", "import (\n\t_ \"github.com/getkin/kin-openapi/openapi3\"", 1)
	modules := consumer(t, source, strings.Replace(old, "@", " ", 1))
	if !slices.Contains(modules, old) {
		t.Errorf("%s is not in %v", old, modules)
	}
}
