package docs

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// A changelog keeps the names of its time.
func TestNamesAndCommandsInDocumentsExist(t *testing.T) {
	t.Parallel()
	for _, document := range files(t, repository, ".md") {
		if document == "CHANGELOG.md" {
			continue
		}
		for _, problem := range unknownNames(t, repository, document) {
			t.Errorf("%s: %s", document, problem)
		}
	}
}

var (
	qualified = regexp.MustCompile(`\b(facade|apierrors|vaulttest)\.([A-Z]\w*(?:\.[A-Z]\w*)?)`)
	option    = regexp.MustCompile(`^With[A-Z]\w*`)
	sentinel  = regexp.MustCompile(`^Err[A-Z]\w*`)
	variable  = regexp.MustCompile(`\bAPIDECK_[A-Z_]+`)
	makes     = regexp.MustCompile(`(?m)^\$? ?make ([a-z-]+)`)
	testName  = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
	packages  = regexp.MustCompile(`(?m)(?:^|\s)\./([a-z][\w/-]*)`)
)

// unknownNames returns the options, sentinels, environment variables, tests,
// make targets and packages that a document names and the repository has not.
func unknownNames(t *testing.T, fsys fs.FS, document string) []string {
	var problems []string
	m := parseMarkdown(read(t, fsys, document))
	known := func(shown, name string, dirs ...string) {
		for _, dir := range dirs {
			if symbols(parsePackage(t, fsys, dir))[name] {
				return
			}
		}
		problems = append(problems, shown+" is not in package "+strings.Join(dirs, " or "))
	}
	spans := m.spans()
	for _, span := range spans {
		for _, match := range qualified.FindAllStringSubmatch(span, -1) {
			known(match[0], match[2], strings.TrimPrefix(match[1], "api"))
		}
		if name := option.FindString(span); name != "" {
			known(name, name, "facade", "vaulttest")
		}
		if name := sentinel.FindString(span); name != "" {
			known(name, name, "errors")
		}
	}
	shell := strings.Join(spans, "\n")
	for _, b := range m.blocks {
		if b.language == "sh" {
			shell += "\n" + b.code
		}
	}
	for _, name := range variable.FindAllString(shell, -1) {
		if !strings.Contains(read(t, fsys, "facade/options.go"), `"`+name+`"`) {
			problems = append(problems, name+" is not read by facade")
		}
	}
	if names := testName.FindAllString(m.prose, -1); len(names) > 0 {
		have := testNames(t, fsys)
		for _, name := range names {
			if !have[name] {
				problems = append(problems, name+" is no test")
			}
		}
	}
	for _, match := range makes.FindAllStringSubmatch(shell, -1) {
		if !strings.Contains("\n"+read(t, fsys, "Makefile"), "\n"+match[1]+":") {
			problems = append(problems, "make "+match[1]+" is no target")
		}
	}
	for _, match := range packages.FindAllStringSubmatch(shell, -1) {
		if info, err := fs.Stat(fsys, path.Clean(match[1])); err != nil || !info.IsDir() {
			problems = append(problems, "./"+match[1]+" is no directory")
		}
	}
	return problems
}

var testFunc = regexp.MustCompile(`(?m)^func (\w+)\(`)

func testNames(t *testing.T, fsys fs.FS) map[string]bool {
	names := map[string]bool{}
	for _, name := range files(t, fsys, "_test.go") {
		for _, match := range testFunc.FindAllStringSubmatch(read(t, fsys, name), -1) {
			names[match[1]] = true
		}
	}
	return names
}

func TestUnknownNamesInADocumentAreFound(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a.md": {Data: []byte("`WithA`, `WithC`, `facade.WithA(1)`, `apierrors.ErrA`, `ErrA`, TestA, `facade.T.M` and `APIDECK_A` exist, `make a` too.\n\n```sh\nmake a\ngo run ./facade\ngit clone x ../y\nAPIDECK_A=1 go test ./...\n```\n" +
			"`WithB` `facade.WithB()` `ErrB` `apierrors.B` `facade.T.N` `APIDECK_B` TestB `make b`\n\n```sh\nmake c\ngo run ./gone -x\n```\n")},
		"facade/options.go": {Data: []byte("package facade\n\ntype T struct{}\n\nfunc (T) M() {}\n\nfunc WithA(int) {}\n\nconst A = \"APIDECK_A\"\n")},
		"facade/a_test.go":  {Data: []byte("package facade\n\nfunc TestA(t *testing.T) {}\n")},
		"vaulttest/o.go":    {Data: []byte("package vaulttest\n\nfunc WithC() {}\n")},
		"errors/api.go":     {Data: []byte("package errors\n\nvar ErrA error\n")},
		"Makefile":          {Data: []byte("a: ## A\n")},
	}
	got := unknownNames(t, fsys, "a.md")
	want := []string{
		"WithB is not in package facade or vaulttest",
		"facade.WithB is not in package facade",
		"ErrB is not in package errors",
		"apierrors.B is not in package errors",
		"facade.T.N is not in package facade",
		"APIDECK_B is not read by facade",
		"TestB is no test",
		"make b is no target",
		"make c is no target",
		"./gone is no directory",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
