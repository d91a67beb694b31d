// Package docs checks that the links of the documents resolve, that a test runs
// their Go code, and that the names, commands and paths that they mention exist.
package docs

import (
	"fmt"
	"go/doc/comment"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	repository = os.DirFS("../..")
	public     = []string{"facade", "errors", "vaulttest"}
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	documents := files(t, repository, ".md")
	if len(documents) < 5 {
		t.Fatalf("found only %v", documents)
	}
	for _, document := range documents {
		for _, problem := range problems(t, repository, document) {
			t.Errorf("%s: %s", document, problem)
		}
	}
}

func TestReadme_ShowsTheQuickstartByteForByte(t *testing.T) {
	t.Parallel()
	program := read(t, repository, "examples/quickstart/main.go")
	shown := func(b block) bool { return b.language == "go" && b.code == program }
	if !slices.ContainsFunc(parseMarkdown(read(t, repository, "README.md")).blocks, shown) {
		t.Error("no Go block of README.md is examples/quickstart/main.go")
	}
}

var docLink = regexp.MustCompile(`(?:^|[\s(])\[\*?(?:([a-z]\w*)\.)?([A-Z]\w*(?:\.[A-Z]\w*)?)\]`)

func TestPackageDocs_LinksResolveAndCodeIsRun(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{}
	for _, name := range []string{"gen", "facade", "apierrors", "vaulttest"} {
		known[name] = symbols(t, repository, strings.TrimPrefix(name, "api"))
	}
	links := 0
	for _, dir := range public {
		known[""] = symbols(t, repository, dir)
		for _, file := range parseFiles(t, repository, dir) {
			for _, group := range file.Comments {
				for _, link := range docLink.FindAllStringSubmatch(group.Text(), -1) {
					if own := known[link[1]]; own != nil && !own[link[2]] {
						t.Errorf("package %s: %s does not exist", dir, link[0])
					}
					links++
				}
			}
			for _, b := range new(comment.Parser).Parse(file.Doc.Text()).Content {
				if code, ok := b.(*comment.Code); ok && !isRun(t, repository, code.Text) {
					t.Errorf("package %s: no test runs\n%s", dir, code.Text)
				}
			}
		}
	}
	if links < 50 {
		t.Errorf("found only %d links", links)
	}
}

// problems returns what is wrong with the links, code and names of a document. The
// changelog may mention names that no longer exist.
func problems(t *testing.T, fsys fs.FS, document string) []string {
	var found []string
	m := parseMarkdown(read(t, fsys, document))
	for _, target := range m.links() {
		if why := broken(t, fsys, document, target); why != "" {
			found = append(found, target+": "+why)
		}
	}
	for _, b := range m.blocks {
		if b.language == "go" && !isRun(t, fsys, b.code) {
			found = append(found, fmt.Sprintf("line %d: no example and no test has this code", b.line))
		}
	}
	if document != "CHANGELOG.md" {
		found = append(found, unknownNames(t, fsys, m)...)
	}
	return found
}

// broken returns why a link does not resolve to a file or a heading of the
// repository, or "". It does not follow links to other sites.
func broken(t *testing.T, fsys fs.FS, document, target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return "not a URL"
	}
	if u.Scheme != "" {
		return ""
	}
	name := document
	if u.Path != "" {
		name = path.Join(path.Dir(document), u.Path)
	}
	if _, err := fs.Stat(fsys, name); err != nil {
		return "no such file"
	}
	if u.Fragment != "" && strings.HasSuffix(name, ".md") && !parseMarkdown(read(t, fsys, name)).anchors()[u.Fragment] {
		return "no such heading"
	}
	return ""
}

// isRun reports whether a test runs code. A program must be identical to a file of
// examples/ that has a test beside it. Anything else must be consecutive lines of
// an example or a test, ignoring indentation.
func isRun(t *testing.T, fsys fs.FS, code string) bool {
	grown, _ := fs.Glob(fsys, "test/growth/testdata/*.go.txt") // test/growth runs them
	for _, name := range append(files(t, fsys, ".go"), grown...) {
		example := strings.HasPrefix(name, "examples/")
		test := strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".go.txt")
		switch text := read(t, fsys, name); {
		case strings.HasPrefix(name, "test/docs/"):
		case strings.HasPrefix(code, "package "):
			tests, _ := fs.Glob(fsys, path.Join(path.Dir(name), "*_test.go"))
			if example && text == code && len(tests) > 0 {
				return true
			}
		case (example || test) && code != "" && strings.Contains("\n"+unindent(text), "\n"+unindent(code)):
			return true
		}
	}
	return false
}

func unindent(code string) string {
	return regexp.MustCompile(`(?m)^[\t ]+`).ReplaceAllString(strings.Trim(code, "\n")+"\n", "")
}

var (
	qualified = regexp.MustCompile(`\b(facade|apierrors|vaulttest)\.([A-Z]\w*(?:\.[A-Z]\w*)?)`)
	unbound   = regexp.MustCompile(`^(With[A-Z]\w*|Err[A-Z]\w*)`)
	variable  = regexp.MustCompile(`\bAPIDECK_[A-Z_]+`)
	command   = regexp.MustCompile(`(?m)^\$? ?make ((?:[a-z-]+ ?)+)`)
	testName  = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
	directory = regexp.MustCompile(`(?m)(?:^|\s)\./([a-z][\w/-]*)`)
)

// unknownNames returns the Go names, environment variables, tests, make targets and
// directories that a document mentions and the repository does not have.
func unknownNames(t *testing.T, fsys fs.FS, m markdown) []string {
	var found []string
	want := func(name string, known bool) {
		if !known {
			found = append(found, name+" does not exist")
		}
	}
	shell := strings.Join(m.spans, "\n")
	for _, b := range m.blocks {
		if b.language == "sh" {
			shell += "\n" + b.code
		}
	}
	for _, span := range m.spans {
		for _, match := range qualified.FindAllStringSubmatch(span, -1) {
			want(match[0], symbols(t, fsys, strings.TrimPrefix(match[1], "api"))[match[2]])
		}
		if name := unbound.FindString(span); name != "" {
			has := func(dir string) bool { return symbols(t, fsys, dir)[name] }
			want(name, slices.ContainsFunc(public, has))
		}
	}
	for _, name := range variable.FindAllString(shell, -1) {
		quoted := func(file string) bool { return strings.Contains(read(t, fsys, file), `"`+name+`"`) }
		want(name, slices.ContainsFunc(files(t, fsys, ".go"), quoted))
	}
	for _, name := range testName.FindAllString(m.prose, -1) {
		declared := func(file string) bool { return strings.Contains(read(t, fsys, file), "\nfunc "+name+"(") }
		want(name, slices.ContainsFunc(files(t, fsys, "_test.go"), declared))
	}
	for _, match := range command.FindAllStringSubmatch(shell, -1) {
		for target := range strings.FieldsSeq(match[1]) {
			want("make "+target, strings.Contains("\n"+read(t, fsys, "Makefile"), "\n"+target+":"))
		}
	}
	for _, match := range directory.FindAllStringSubmatch(shell, -1) {
		info, err := fs.Stat(fsys, path.Clean(match[1]))
		want("./"+match[1], err == nil && info.IsDir())
	}
	return found
}

// Without this test, a regular expression that matches nothing would pass every
// document.
func TestProblems_FindsEachKindOfProblem(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for _, file := range strings.Split(read(t, os.DirFS("testdata"), "repository.txt"), "-- ")[1:] {
		name, text, _ := strings.Cut(file, " --\n")
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if got := problems(t, fsys, "right.md"); len(got) > 0 {
		t.Errorf("found %q in right.md", got)
	}
	want := strings.Fields("docs/gone.md docs/a.md#gone #gone ../a.md gone.png gone.md line line line " +
		"WithB facade.WithB ErrB apierrors.B facade.T.N APIDECK_B TestB make make ./gone")
	got := problems(t, fsys, "wrong.md")
	var names []string
	for _, problem := range got {
		names = append(names, strings.TrimSuffix(strings.Fields(problem)[0], ":"))
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
