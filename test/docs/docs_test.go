// Package docs checks the documents: their links resolve, a test runs their Go code,
// and the tests and make targets that they name exist.
package docs

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	fence    = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	link     = regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|srcset)="([^"]+)"`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	target   = regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)")
	indent   = regexp.MustCompile(`(?m)^[\t ]+`)
)

func TestDocuments_LinksResolve(t *testing.T) {
	t.Parallel()
	documents, checked := read(t, ".md"), 0
	for name, text := range documents {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			to := match[1] + match[2]
			if strings.Contains(to, "://") {
				continue
			}

			file, anchor, _ := strings.Cut(to, "#")
			file = path.Join(path.Dir(name), file)
			if strings.HasPrefix(to, "#") {
				file = name
			}
			_, err := os.Stat("../../" + file)
			if err != nil || (anchor != "" && !anchors(documents[file])[anchor]) {
				t.Errorf("%s: %s does not exist", name, to)
			}
			checked++
		}
	}
	if checked < 15 {
		t.Errorf("found only %d links", checked)
	}
}

// anchors returns GitHub's anchors of the headings of a document.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, match[1])] = true
	}
	return found
}

// A program must be a file of examples/ that has a test. Other code must be lines of
// a test, or of a file of examples/, in this order; indentation may differ.
func TestDocuments_CodeIsRun(t *testing.T) {
	t.Parallel()
	sources := read(t, ".go")
	maps.Copy(sources, read(t, ".go.txt")) // test/growth runs these
	isRun := func(code string) bool {
		for name, source := range sources {
			isExample := strings.HasPrefix(name, "examples/")
			if strings.HasPrefix(code, "package ") {
				if isExample && source == code && sources[path.Dir(name)+"/main_test.go"] != "" {
					return true
				}
				continue
			}
			isTest := strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".go.txt")
			if (isTest || isExample) && strings.Contains(unindent(source), unindent(code)) {
				return true
			}
		}
		return false
	}

	blocks := 0
	for name, text := range read(t, ".md") {
		for _, match := range fence.FindAllStringSubmatch(text, -1) {
			if match[1] != "go" {
				continue
			}
			if !isRun(match[2]) {
				t.Errorf("%s: no test runs\n%s", name, match[2])
			}
			blocks++
		}
	}
	for name, source := range read(t, "/doc.go") {
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range new(comment.Parser).Parse(file.Doc.Text()).Content {
			code, ok := part.(*comment.Code)
			if !ok {
				continue
			}
			if !isRun(code.Text) {
				t.Errorf("%s: no test runs\n%s", name, code.Text)
			}
			blocks++
		}
	}
	if blocks < 8 {
		t.Errorf("found only %d blocks of Go code", blocks)
	}
}

func unindent(code string) string {
	return "\n" + indent.ReplaceAllString(strings.Trim(code, "\n"), "") + "\n"
}

func TestDocuments_NamesExist(t *testing.T) {
	t.Parallel()
	var declared strings.Builder
	for _, source := range read(t, "_test.go") {
		declared.WriteString(source)
	}
	targets := map[string]bool{}
	for line := range strings.Lines(read(t, "Makefile")["Makefile"]) {
		names, _, _ := strings.Cut(line, ":")
		for _, name := range strings.Fields(names) {
			targets[name] = true
		}
	}

	found := 0
	for name, text := range read(t, ".md") {
		for _, test := range testName.FindAllString(text, -1) {
			if !strings.Contains(declared.String(), "\nfunc "+test+"(") {
				t.Errorf("%s: there is no test %s", name, test)
			}
			found++
		}
		for _, match := range target.FindAllStringSubmatch(text, -1) {
			if !targets[match[1]] {
				t.Errorf("%s: there is no target %s", name, match[1])
			}
			found++
		}
	}
	if found < 30 {
		t.Errorf("found only %d names", found)
	}
}

// read returns the repository's files whose path ends in suffix.
func read(t *testing.T, suffix string) map[string]string {
	t.Helper()
	repository := os.DirFS("../..")
	files := map[string]string{}
	err := fs.WalkDir(repository, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "artifacts" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, suffix) {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
