package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
)

// row is one difference.
type row struct {
	operation, where, what, upstream, ours string
}

// absent is the cell of a side that does not have it.
const absent = "-"

// comparison collects the differences of one operation.
type comparison struct {
	operation string
	rows      []row
}

func (c *comparison) add(where, what, upstream, ours string) {
	c.rows = append(c.rows, row{c.operation, where, what, upstream, ours})
}

// compare adds a row for each difference between two nodes. A subtree that only
// one side has is a single row. where is a part of the operation and a path in it,
// such as "request settings.unified_apis[]".
func (c *comparison) compare(where string, their, our *node) {
	if their.typeName() != our.typeName() {
		c.add(where, "type", cmp.Or(their.typeName(), "any"), cmp.Or(our.typeName(), "any"))
	}
	for _, name := range union(their.Attrs, our.Attrs) {
		if their.Attrs[name] != our.Attrs[name] {
			c.add(where, name, cmp.Or(their.Attrs[name], absent), cmp.Or(our.Attrs[name], absent))
		}
	}
	for _, name := range union(their.Children, our.Children) {
		switch t, o := their.Children[name], our.Children[name]; {
		case o == nil:
			c.add(where, name, t.summary(), absent)
		case t == nil:
			c.add(where, name, absent, o.summary())
		default:
			c.compare(location(where, o.Label), t.node, o.node)
		}
	}

	theirs := without(their.Alternatives, our.Alternatives)
	ours := without(our.Alternatives, their.Alternatives)
	both := min(len(theirs), len(ours))
	for i := range both {
		c.compare(location(where, ours[i].Label), theirs[i].node, ours[i].node)
	}
	for _, alternative := range theirs[both:] {
		c.add(where, alternative.Label, alternative.summary(), absent)
	}
	for _, alternative := range ours[both:] {
		c.add(where, alternative.Label, absent, alternative.summary())
	}
}

// location returns where a label is.
func location(where, label string) string {
	part, path, _ := strings.Cut(where, " ")
	if part != "request" { // in "response 200", the status is not part of the path
		_, path, _ = strings.Cut(path, " ")
	}
	switch {
	case where == "operation":
		return label
	case label == "" || label == "[]" || label == "{}":
		return where + label
	case path == "":
		return where + " " + label
	}
	return where + "." + label
}

// without returns the alternatives that the others do not have too, in any order.
func without(alternatives, others []*child) []*child {
	return slices.DeleteFunc(slices.Clone(alternatives), func(a *child) bool {
		isSame := func(b *child) bool { return a.Label == b.Label && a.equal(b.node) }
		return slices.ContainsFunc(others, isSame)
	})
}

func union[V any](a, b map[string]V) []string {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	return slices.Sorted(maps.Keys(keys))
}

// report prints the unintended rows, then the intended ones with their reasons.
// It returns the number of unintended rows.
func report(w io.Writer, rows []row, intended []*intention) (open int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		i := slices.IndexFunc(intended, func(i *intention) bool { return i.covers(r) })
		if i >= 0 {
			intended[i].used = true
			continue
		}

		if open == 0 {
			fmt.Fprintln(table, "WHERE\tWHAT\tUPSTREAM\tOURS")
		}
		open++
		where := short(r.operation + ": " + r.where)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", where, short(r.what), short(r.upstream), short(r.ours))
	}
	table.Flush()

	if open == 0 {
		fmt.Fprintln(w, "no unintended differences")
	} else {
		fmt.Fprintf(w, "\nDifferences: %d. For each, follow upstream in openapi.yaml (see CONTRIBUTING.md), or list it\n"+
			"in tools/drift/intended.yaml with a reason.\n\n", open)
	}

	for _, i := range intended {
		if i.used {
			fmt.Fprintf(w, "intended: %s: %s: %s: %s\n", i.operation, i.where, i.what, i.why)
		} else if !slices.ContainsFunc(rows, i.cannotOccur) {
			fmt.Fprintf(w, "no longer a difference, remove it from intended.yaml: %s: %s: %s\n", i.operation, i.where, i.what)
		}
	}
	return open
}

// short returns text from outside as one short printable line.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if runes := []rune(s); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return s
}
