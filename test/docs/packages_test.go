package docs

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// parsePackage returns the documentation of the package in dir, tests left out.
func parsePackage(t *testing.T, fsys fs.FS, dir string) *doc.Package {
	t.Helper()
	names, err := fs.Glob(fsys, path.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, read(t, fsys, name), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	if len(parsed) == 0 {
		t.Fatalf("%s: no Go file", dir)
	}
	p, err := doc.NewFromFiles(fset, parsed, path.Join(module, dir))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// symbol is something that a package exports.
type symbol struct {
	name    string // "New", "Client.String", "APIError.Body", "Session.Theme"
	comment string // its own
	group   string // of the declaration that it is one of several of
	kind    int
}

const (
	alone  = iota // a type, a function, a constant, a variable
	method        // of a type
	field         // of a struct
)

// exported returns everything that p exports, fields and methods included.
func exported(p *doc.Package) []symbol {
	var all []symbol
	values := func(groups []*doc.Value) {
		for _, group := range groups {
			for _, spec := range group.Decl.Specs {
				v := spec.(*ast.ValueSpec)
				for _, name := range v.Names {
					if !name.IsExported() {
						continue
					}
					s := symbol{name: name.Name, comment: v.Doc.Text() + v.Comment.Text(), group: group.Doc}
					if !group.Decl.Lparen.IsValid() {
						s.comment, s.group = group.Doc+s.comment, ""
					}
					all = append(all, s)
				}
			}
		}
	}
	funcs := func(prefix string, list []*doc.Func, kind int) {
		for _, f := range list {
			all = append(all, symbol{name: prefix + f.Name, comment: f.Doc, kind: kind})
		}
	}
	values(p.Consts)
	values(p.Vars)
	funcs("", p.Funcs, alone)
	for _, typ := range p.Types {
		all = append(all, symbol{name: typ.Name, comment: typ.Doc})
		values(typ.Consts)
		values(typ.Vars)
		funcs("", typ.Funcs, alone)
		funcs(typ.Name+".", typ.Methods, method)
		for _, spec := range typ.Decl.Specs {
			all = append(all, fields(typ, spec.(*ast.TypeSpec).Type)...)
		}
	}
	return all
}

// fields returns the fields of a struct, and the methods of an interface, which
// the comment of the interface may speak for.
func fields(typ *doc.Type, expr ast.Expr) []symbol {
	var all []symbol
	switch expr := expr.(type) {
	case *ast.StructType:
		for _, f := range expr.Fields.List {
			for _, name := range f.Names {
				if name.IsExported() {
					all = append(all, symbol{name: typ.Name + "." + name.Name, comment: f.Doc.Text() + f.Comment.Text(), kind: field})
				}
			}
		}
	case *ast.InterfaceType:
		for _, m := range expr.Methods.List {
			for _, name := range m.Names {
				all = append(all, symbol{name: typ.Name + "." + name.Name, comment: m.Doc.Text() + m.Comment.Text(), group: typ.Doc, kind: method})
			}
		}
	}
	return all
}

// symbols returns the names of everything that p exports.
func symbols(p *doc.Package) map[string]bool {
	names := map[string]bool{}
	for _, s := range exported(p) {
		names[s.name] = true
	}
	return names
}
