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

const (
	absent          = "-"      // the cell of a side that does not have it
	absentOperation = "absent" // the start of the cell for a missing operation
)

// compare adds a row for each difference between two nodes. A subtree that only
// one side has is a single row.
func compare(rows *[]row, where string, their, our *node) {
	for _, name := range union(their.attrs, our.attrs) {
		if their.attrs[name] != our.attrs[name] {
			theirs, ours := cmp.Or(their.attrs[name], absent), cmp.Or(our.attrs[name], absent)
			*rows = append(*rows, row{"", where, name, theirs, ours})
		}
	}
	for _, set := range union(their.sets, our.sets) {
		for _, value := range union(their.sets[set], our.sets[set]) {
			switch {
			case !our.sets[set][value]:
				*rows = append(*rows, row{"", where, set + " " + value, "yes", absent})
			case !their.sets[set][value]:
				*rows = append(*rows, row{"", where, set + " " + value, absent, "yes"})
			}
		}
	}
	for _, name := range union(their.children, our.children) {
		switch t, o := their.children[name], our.children[name]; {
		case o == nil:
			*rows = append(*rows, row{"", where, name, t.summary(), absent})
		case t == nil:
			*rows = append(*rows, row{"", where, name, absent, o.summary()})
		default:
			compare(rows, location(where, o.label), t.node, o.node)
		}
	}
}

// location returns where a label is, as in "request settings.unified_apis[]": a
// part of the operation and a path of properties.
func location(where, label string) string {
	switch {
	case where == "operation":
		return label
	case label == "" || label == "[]" || label == "{}":
		return where + label
	case strings.HasPrefix(where, "request ") || strings.HasPrefix(where, "response ") && strings.Count(where, " ") > 1:
		return where + "." + label
	}
	return where + " " + label
}

func union[V any](a, b map[string]V) []string {
	keys := map[string]V{}
	maps.Copy(keys, a)
	maps.Copy(keys, b)
	return slices.Sorted(maps.Keys(keys))
}

// report prints the unintended rows, then the intended ones with their reasons.
// It returns the number of unintended rows.
func report(w io.Writer, rows []row, intended []*intention) (open int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var meant []string
	for _, r := range rows {
		if i := slices.IndexFunc(intended, func(i *intention) bool { return i.row == r }); i >= 0 {
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
	if open > 0 {
		fmt.Fprintf(w, "\nDifferences: %d. For each, follow upstream in openapi.yaml (see CONTRIBUTING.md), or list it\n"+
			"in tools/drift/intended.yaml with a reason.\n\n", open)
	}
	for _, i := range intended {
		if i.used {
			meant = append(meant, fmt.Sprintf("%s: %s: %s: %s", i.operation, i.where, i.what, i.why))
		} else if !gone(rows, i.operation) {
			fmt.Fprintf(w, "no longer a difference, remove it from intended.yaml: %s: %s: %s\n", i.operation, i.where, i.what)
		}
	}
	if len(meant) > 0 {
		fmt.Fprintf(w, "intended:\n  %s\n", strings.Join(meant, "\n  "))
	}
	if open == 0 {
		fmt.Fprintln(w, "no unintended differences")
	}
	return open
}

// gone reports whether upstream lacks the operation.
func gone(rows []row, operation string) bool {
	return slices.ContainsFunc(rows, func(r row) bool {
		return r.operation == operation && r.what == "path" && strings.HasPrefix(r.upstream, absentOperation)
	})
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
