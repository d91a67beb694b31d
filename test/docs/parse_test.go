package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// markdown is a parsed document.
type markdown struct {
	prose  string   // without code
	spans  []string // inline code
	blocks []block
}

// block is a fenced block of code.
type block struct {
	language, code string
	line           int
}

var (
	fenced    = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
	remark    = regexp.MustCompile(`(?s)<!--.*?-->`)
	link      = regexp.MustCompile(`(?m)\]\(([^()\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]: *(\S+)`)
	heading   = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
	unslugged = regexp.MustCompile(`[^\pL\pN _-]`)
)

func parseMarkdown(text string) markdown {
	var m markdown
	for _, at := range fenced.FindAllStringSubmatchIndex(text, -1) {
		m.blocks = append(m.blocks, block{text[at[2]:at[3]], text[at[4]:at[5]], 2 + strings.Count(text[:at[0]], "\n")})
	}
	m.prose = remark.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
	for _, match := range codeSpan.FindAllStringSubmatch(m.prose, -1) {
		m.spans = append(m.spans, match[1])
	}
	return m
}

func (m markdown) links() []string {
	var targets []string
	for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(m.prose, "code"), -1) {
		targets = append(targets, match[1]+match[2])
	}
	return targets
}

// anchors returns GitHub's anchors of the headings, which must be unique.
func (m markdown) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(m.prose, -1) {
		slug := strings.ReplaceAll(strings.Map(unicode.ToLower, unslugged.ReplaceAllString(match[1], "")), " ", "-")
		anchors[slug] = true
	}
	return anchors
}

// parseFiles parses the package in dir without its tests.
func parseFiles(t *testing.T, fsys fs.FS, dir string) []*ast.File {
	t.Helper()
	var parsed []*ast.File
	for _, name := range files(t, fsys, ".go") {
		if path.Dir(name) != dir || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, fsys, name), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	return parsed
}

// symbols returns the names that the package in dir declares, such as "New" and
// "APIError.Body".
func symbols(t *testing.T, fsys fs.FS, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range parseFiles(t, fsys, dir) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				name := n.Name.Name
				if n.Recv != nil {
					name = strings.TrimPrefix(types.ExprString(n.Recv.List[0].Type), "*") + "." + name
				}
				names[name] = true
				return false
			case *ast.ValueSpec:
				for _, name := range n.Names {
					names[name.Name] = true
				}
			case *ast.TypeSpec:
				names[n.Name.Name] = true
				if fields, ok := n.Type.(*ast.StructType); ok {
					for _, field := range fields.Fields.List {
						for _, name := range field.Names {
							names[n.Name.Name+"."+name.Name] = true
						}
					}
				}
			}
			return true
		})
	}
	return names
}

// files returns the paths with a suffix, except in ignored directories and testdata.
func files(t *testing.T, fsys fs.FS, suffix string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ignored := []string{".git", "artifacts", "node_modules", "testdata"}
		if d.IsDir() && slices.Contains(ignored, d.Name()) {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, suffix) {
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
