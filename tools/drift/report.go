package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/oasdiff/yaml"
)

// row is one difference: where it is, such as "response 200 application/json.data",
// what differs there, such as "default" or ".name", and both values.
type row struct{ Operation, Where, What, Upstream, Ours string }

// absent is the value of a side that does not have it.
const absent = "-"

// comparison collects the differences of one operation.
type comparison struct {
	operation string
	rows      []row
}

// compare adds a row for each difference between two elements. An element that only
// one side has is a single row.
func (c *comparison) compare(where string, theirs, ours tree) {
	names := maps.Clone(theirs)
	maps.Copy(names, ours)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		their, isTheirs := theirs[name].(tree)
		our, isOurs := ours[name].(tree)
		if isTheirs && isOurs {
			c.compare(where+name, their, our)
			continue
		}
		c.add(where, name, summary(theirs[name]), summary(ours[name]))
	}
}

func (c *comparison) add(where, what, upstream, ours string) {
	if upstream != ours {
		where = cmp.Or(strings.TrimSpace(where), "operation")
		c.rows = append(c.rows, row{c.operation, where, strings.TrimSpace(what), upstream, ours})
	}
}

// everyOperation is the section of intended.yaml that holds for each operation.
const everyOperation = "*"

// loadIntended reads the intended differences, with the reason for each. A row has
// both values, so that it is reported again when either side changes.
func loadIntended(file string) (map[row]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var operations map[string][]struct {
		row
		Why string
	}
	if _, err := yaml.Unmarshal(text, &operations, yaml.DecodeOpts{}); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}

	intended := map[row]string{}
	for operation, entries := range operations {
		for _, e := range entries {
			if e.Why == "" {
				return nil, fmt.Errorf("%s: %s: %s: give a reason (why)", file, e.Where, e.What)
			}
			e.Operation = operation
			intended[e.row] = e.Why
		}
	}
	return intended, nil
}

// report prints the unintended rows, then the intended ones with their reasons.
// It returns the number of unintended rows.
func report(w io.Writer, rows []row, intended map[row]string) (open int) {
	obsolete := maps.Clone(intended)
	var notes strings.Builder
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		listed := r
		if intended[r] == "" {
			listed.Operation = everyOperation
		}
		if why := intended[listed]; why != "" {
			delete(obsolete, listed)
			fmt.Fprintf(&notes, "intended: %s: %s: %s: %s\n", r.Operation, r.Where, r.What, why)
			continue
		}

		if open == 0 {
			fmt.Fprintln(table, "WHERE\tWHAT\tUPSTREAM\tOURS")
		}
		open++
		fmt.Fprintf(table, "%s: %s\t%s\t%s\t%s\n", r.Operation, r.Where, r.What, r.Upstream, r.Ours)
	}
	table.Flush()

	if open == 0 {
		fmt.Fprintln(w, "no unintended differences")
	} else {
		fmt.Fprintf(w, "\nDifferences: %d. For each, follow upstream in openapi.yaml (see CONTRIBUTING.md), or list it\n"+
			"in tools/drift/intended.yaml with a reason.\n\n", open)
	}
	fmt.Fprint(w, notes.String())
	for r := range obsolete {
		fmt.Fprintf(w, "no longer a difference, remove it from intended.yaml: %s: %s: %s\n", r.Operation, r.Where, r.What)
	}
	return open
}
