// Package docs checks the documents: their links resolve, a test runs their Go code,
// and the tests that they name exist.
package docs

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	fence       = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	link        = regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|srcset)="([^"]+)"`)
	heading     = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	punctuation = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	testName    = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	docCode     = regexp.MustCompile(`(?m)(?:^//\t.*\n)+`)
	indent      = regexp.MustCompile(`(?m)^[\t ]+`)
)

func TestDocuments_LinksResolve(t *testing.T) {
	t.Parallel()
	documents := read(t, ".md")
	checked := 0
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
		words := punctuation.ReplaceAllString(strings.ToLower(match[1]), "")
		found[strings.ReplaceAll(words, " ", "-")] = true
	}
	return found
}

// Go code must be lines of a test or of a file of examples/, in this order;
// indentation may differ.
func TestDocuments_CodeIsRun(t *testing.T) {
	t.Parallel()
	sources := read(t, "_test.go")
	maps.Copy(sources, read(t, ".go.txt")) // test/growth runs these
	for name, source := range read(t, ".go") {
		if strings.HasPrefix(name, "examples/") {
			sources[name] = source
		}
	}
	var run strings.Builder
	for _, source := range sources {
		run.WriteString(unindent(source))
	}

	blocks := 0
	check := func(name, code string) {
		if !strings.Contains(run.String(), unindent(code)) {
			t.Errorf("%s: no test runs\n%s", name, code)
		}
		blocks++
	}
	for name, text := range read(t, ".md") {
		for _, match := range fence.FindAllStringSubmatch(text, -1) {
			if match[1] == "go" {
				check(name, match[2])
			}
		}
	}
	for name, source := range read(t, "/doc.go") {
		for _, code := range docCode.FindAllString(source, -1) {
			check(name, strings.ReplaceAll(code, "//\t", ""))
		}
	}
	if blocks < 8 {
		t.Errorf("found only %d blocks of Go code", blocks)
	}
}

func unindent(code string) string {
	return "\n" + strings.Trim(indent.ReplaceAllString(code, ""), "\n") + "\n"
}

func TestDocuments_TestsExist(t *testing.T) {
	t.Parallel()
	var declared strings.Builder
	for _, source := range read(t, "_test.go") {
		declared.WriteString(source)
	}
	for name, text := range read(t, ".md") {
		for _, test := range testName.FindAllString(text, -1) {
			if !strings.Contains(declared.String(), "\nfunc "+test+"(") {
				t.Errorf("%s: there is no test %s", name, test)
			}
		}
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
