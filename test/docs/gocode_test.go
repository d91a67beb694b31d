package docs

import (
	"fmt"
	"go/doc/comment"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestGoCodeInDocumentsIsCodeThatATestRuns(t *testing.T) {
	t.Parallel()
	for _, document := range files(t, repository, ".md") {
		for _, b := range parseMarkdown(read(t, repository, document)).blocks {
			if b.language != "go" {
				continue
			}
			if why := notRun(t, repository, b.code); why != "" {
				t.Errorf("%s:%d: %s", document, b.line, why)
			}
		}
	}
}

func TestGoCodeInPackageManualsIsCodeThatATestRuns(t *testing.T) {
	t.Parallel()
	for _, dir := range public {
		p := parsePackage(t, repository, dir)
		found := 0
		for _, b := range p.Parser().Parse(p.Doc).Content {
			if code, ok := b.(*comment.Code); ok {
				found++
				if why := notRun(t, repository, code.Text); why != "" {
					t.Errorf("package %s: %s", dir, why)
				}
			}
		}
		if found == 0 {
			t.Errorf("package %s shows no code", dir)
		}
	}
}

func TestReadmeShowsTheQuickstartByteForByte(t *testing.T) {
	t.Parallel()
	program := read(t, repository, "examples/quickstart/main.go")
	for _, b := range parseMarkdown(read(t, repository, "README.md")).blocks {
		if b.language == "go" && b.code == program {
			return
		}
	}
	t.Error("no Go block of README.md is examples/quickstart/main.go")
}

// notRun says why code is not known to work, "" if it is: a program has to be a
// file of examples/ with a test beside it, byte for byte; anything else has to
// be lines, indented alike, of an example or of a test.
func notRun(t *testing.T, fsys fs.FS, code string) string {
	program := strings.HasPrefix(code, "package ")
	for _, name := range files(t, fsys, ".go") {
		inExamples := strings.HasPrefix(name, "examples/")
		switch {
		case strings.HasPrefix(name, "test/docs/"):
		case program && inExamples && read(t, fsys, name) == code:
			if tests, err := fs.Glob(fsys, path.Join(path.Dir(name), "*_test.go")); err != nil || len(tests) == 0 {
				return name + " has no test"
			}
			return ""
		case !program && (inExamples || strings.HasSuffix(name, "_test.go")) && holds(read(t, fsys, name), code):
			return ""
		}
	}
	if program {
		return "no file of examples/ is this program"
	}
	return fmt.Sprintf("no example and no test has these lines:\n%s", code)
}

// holds reports whether text has the lines of code one after the other, each
// indented by the same tabs more.
func holds(text, code string) bool {
	want := strings.Split(strings.Trim(code, "\n"), "\n")
	have := strings.Split(text, "\n")
	if want[0] == "" {
		return false
	}
	for i := range have {
		tabs := have[i][:len(have[i])-len(strings.TrimLeft(have[i], "\t"))]
		own := want[0][:len(want[0])-len(strings.TrimLeft(want[0], "\t"))]
		more, deeper := strings.CutSuffix(tabs, own)
		if !deeper || len(have) < i+len(want) {
			continue
		}
		same := func(have, want string) bool { return have == want && want == "" || have == more+want && want != "" }
		if slices.EqualFunc(have[i:i+len(want)], want, same) {
			return true
		}
	}
	return false
}

func TestGoCodeThatNoTestRunsIsFound(t *testing.T) {
	t.Parallel()
	program := "package main\n\nfunc main() {\n\tprintln(\"a\")\n}\n"
	fsys := fstest.MapFS{
		"examples/a/main.go":      {Data: []byte(program)},
		"examples/a/main_test.go": {Data: []byte("package main // a test\n")},
		"examples/b/main.go":      {Data: []byte("package main\n")},
		"lib/lib.go":              {Data: []byte("package lib\n\nvar x = 1\n")},
		"lib/lib_test.go":         {Data: []byte("package lib\n\nfunc f() {\n\tif x {\n\t\ty()\n\n\t\tz()\n\t}\n}\n")},
	}
	for _, code := range []string{program, "if x {\n\ty()\n\n\tz()\n}\n", "\tif x {\n\t\ty()\n", "y()\n"} {
		if why := notRun(t, fsys, code); why != "" {
			t.Errorf("%q: %s", code, why)
		}
	}
	for _, code := range []string{
		strings.Replace(program, "a", "b", 1), // another program
		program[:len(program)-1],              // a byte less
		"package main\n",                      // a program without a test
		"var x = 1\n",                         // compiled, but not run
		"if x {\n\tz()\n}\n",                  // a line left out
		"if x {\ny()\n",                       // indented otherwise
		"",
	} {
		if why := notRun(t, fsys, code); why == "" {
			t.Errorf("%q passes", code)
		}
	}
}
