package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryLinkInsideTheRepositoryLeadsSomewhere(t *testing.T) {
	t.Parallel()
	documents := files(t, repository, ".md")
	if len(documents) == 0 {
		t.Fatal("no document found")
	}
	for _, document := range documents {
		for _, problem := range brokenLinks(t, repository, document) {
			t.Errorf("%s: %s", document, problem)
		}
	}
}

// brokenLinks checks the links of a document that lead into the repository:
// relative ones, and those to its pages on GitHub and pkg.go.dev. Whether other
// sites still stand is not for a test to say.
func brokenLinks(t *testing.T, fsys fs.FS, document string) []string {
	targets, undefined := parseMarkdown(read(t, fsys, document)).links()
	var problems []string
	for _, name := range undefined {
		problems = append(problems, fmt.Sprintf("reference [%s] has no target", name))
	}
	for _, target := range targets {
		if why := broken(t, fsys, document, target); why != "" {
			problems = append(problems, target+": "+why)
		}
	}
	return problems
}

func broken(t *testing.T, fsys fs.FS, document, target string) string {
	if symbol, ok := strings.CutPrefix(target, "https://pkg.go.dev/"+module); ok {
		return brokenSymbol(t, fsys, symbol)
	}
	for _, view := range []string{"blob", "tree", "raw"} {
		if inside, ok := strings.CutPrefix(target, "https://"+module+"/"+view+"/main/"); ok {
			target = "/" + inside
		}
	}
	u, err := url.Parse(target)
	if err != nil {
		return "not a URL"
	}
	if u.Scheme != "" || u.Host != "" {
		return ""
	}
	name := document
	switch {
	case strings.HasPrefix(u.Path, "/"):
		name = path.Clean(u.Path[1:])
	case u.Path != "":
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

// brokenSymbol checks the rest of a pkg.go.dev address, such as
// "/facade#Client.String".
func brokenSymbol(t *testing.T, fsys fs.FS, address string) string {
	dir, symbol, _ := strings.Cut(strings.TrimPrefix(address, "/"), "#")
	if dir == "" {
		return "the root of the module has no package; name one"
	}
	if _, err := fs.Stat(fsys, dir); err != nil {
		return "no such package"
	}
	if symbol == "" || strings.HasPrefix(symbol, "hdr-") || strings.HasPrefix(symbol, "example-") || strings.HasPrefix(symbol, "pkg-") {
		return ""
	}
	if !symbols(parsePackage(t, fsys, dir))[symbol] {
		return "no such symbol"
	}
	return ""
}

// The checker is checked: without this, a regular expression that matches
// nothing would pass every document.
func TestTheLinkCheckerFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"README.md": {Data: []byte("# The `Go` SDK: a start\n\n## Twice\n\n## Twice\n\n" +
			"[ok](docs/a.md) [ok](docs/a.md#one-two) [ok](#the-go-sdk-a-start) [ok](#twice-1) [ok][ref] [ok](/docs) ![ok](docs/a.md \"title\")\n" +
			"[ok](https://example.com/gone) [ok](mailto:a@example.com) [ok](https://" + module + "/blob/main/docs/a.md#one-two)\n" +
			"[ok](https://pkg.go.dev/" + module + "/lib#T.M) [ok](https://pkg.go.dev/" + module + "/lib#hdr-Anything)\n" +
			"`[not a link](nowhere)` <!-- [hidden](nowhere) -->\n```md\n[code](nowhere)\n```\n\n" +
			"[1](docs/gone.md) [2](docs/a.md#gone) [3](#twice-2) [4][gone] [5](../outside.md) [![6](gone.png)](docs/a.md)\n" +
			"<img src=\"gone.svg\">\n[8](https://" + module + "/blob/main/gone.md) [9](https://pkg.go.dev/" + module + "/lib#Gone)\n" +
			"[10](https://pkg.go.dev/" + module + "/gone)\n\n[ref]: docs/a.md\n[bad]: docs/b.md\n")},
		"docs/a.md":  {Data: []byte("# One, two!\n")},
		"lib/lib.go": {Data: []byte("package lib\n\ntype T struct{}\n\nfunc (T) M() {}\n")},
	}
	got := brokenLinks(t, fsys, "README.md")
	slices.Sort(got)
	want := []string{
		"#twice-2: no such heading",
		"../outside.md: no such file",
		"docs/a.md#gone: no such heading",
		"docs/b.md: no such file",
		"docs/gone.md: no such file",
		"gone.png: no such file",
		"gone.svg: no such file",
		"https://" + module + "/blob/main/gone.md: no such file",
		"https://pkg.go.dev/" + module + "/gone: no such package",
		"https://pkg.go.dev/" + module + "/lib#Gone: no such symbol",
		"reference [gone] has no target",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
