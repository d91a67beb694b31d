package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// mutation replaces the text of a file from start to end.
type mutation struct {
	function   string
	statement  string // its first line
	line       int
	start, end int
	old, new   string
}

func (m mutation) String() string {
	return fmt.Sprintf("%s: %q: %q → %q", m.function, m.statement, m.old, m.new)
}

func (m mutation) apply(source []byte) []byte {
	return slices.Concat(source[:m.start], []byte(m.new), source[m.end:])
}

// swaps has the operators that replace an operator.
var swaps = map[string]string{
	"==": "!=", "!=": "==", "&&": "||", "||": "&&",
	"<": "<= >=", "<=": "< >", ">": ">= <=", ">=": "> <",
	"+": "-", "-": "+", "*": "/", "/": "*", "++": "--", "--": "++",
}

// returns has the identifiers that replace one in a return statement.
var returns = map[string]string{"true": "false", "false": "true", "err": "nil"}

// mutations returns the mutations of a file's functions.
func mutations(source []byte) (all []mutation) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		panic(err) // the package was built before
	}
	text := func(from, to token.Pos) string { return string(source[from-1 : to-1]) }

	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Body == nil || function.Name.Name == "main" { // tests do not call main
			continue
		}

		statement := ""
		add := func(from, to token.Pos, replacement string) {
			all = append(all, mutation{
				function:  function.Name.Name,
				statement: statement,
				line:      1 + strings.Count(text(1, from), "\n"),
				start:     int(from) - 1,
				end:       int(to) - 1,
				old:       text(from, to),
				new:       replacement,
			})
		}
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if s, ok := node.(ast.Stmt); ok {
				statement, _, _ = strings.Cut(text(s.Pos(), s.End()), "\n")
			}
			mutate(node, text, add)
			return true
		})
	}
	return all
}

// mutate calls add with each mutation of a node.
func mutate(node ast.Node, text func(from, to token.Pos) string, add func(from, to token.Pos, replacement string)) {
	switch n := node.(type) {
	case *ast.BinaryExpr:
		isText := n.Op == token.ADD && strings.ContainsAny(text(n.Pos(), n.End()), "\"`")
		for other := range strings.FieldsSeq(swaps[n.Op.String()]) {
			if !isText {
				add(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other)
			}
		}
	case *ast.IncDecStmt:
		add(n.TokPos, n.End(), swaps[n.Tok.String()])
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			add(n.OpPos, n.OpPos+1, "")
		}
	case *ast.IfStmt:
		switch n.Cond.(type) {
		case *ast.BinaryExpr, *ast.UnaryExpr: // they have mutations of their own
		default:
			add(n.Cond.Pos(), n.Cond.Pos(), "!")
		}
	case *ast.ExprStmt:
		// Only the race detector would notice that a lock is missing.
		isLock := strings.HasSuffix(strings.ToLower(text(n.Pos(), n.End())), "lock()")
		if !isLock {
			add(n.Pos(), n.End(), "")
		}
	case *ast.AssignStmt:
		switch n.Tok {
		case token.DEFINE:
		case token.ASSIGN:
			blank := strings.Repeat("_, ", len(n.Lhs)-1) + "_ "
			if text(n.Pos(), n.TokPos) != blank {
				add(n.Pos(), n.TokPos, blank)
			}
		default:
			add(n.Pos(), n.End(), "")
		}
	case *ast.CaseClause:
		if len(n.Body) > 0 {
			add(n.Colon+1, n.End(), "")
		}
	case *ast.ReturnStmt:
		for _, value := range n.Results {
			name, ok := value.(*ast.Ident)
			if ok && returns[name.Name] != "" {
				add(value.Pos(), value.End(), returns[name.Name])
			}
		}
	}
}
