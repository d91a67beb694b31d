package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

// However malformed the vendor's file is, the output is a table or one line.
func TestDifferences_SurvivesAnyValueAnywhere(t *testing.T) {
	t.Parallel()
	our, err := load(ourFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := load(ourFile)
	if err != nil {
		t.Fatal(err)
	}
	tried, found := 0, 0
	mangle(map[string]any(doc), &tried, func() {
		rows, err := differences(doc, our)
		if len(rows) > 0 || err != nil {
			found++
		}
		checkTable(t, rows)
	})
	if tried < 100 || found < tried/2 {
		t.Errorf("%d of %d mangled descriptions differed", found, tried)
	}
	if rows, err := differences(doc, our); len(rows) > 0 || err != nil {
		t.Errorf("mangle left %v, %v", rows, err)
	}
}

// mangle replaces each value below v in turn with an unexpected one and calls try.
func mangle(v any, tried *int, try func()) {
	for i := range list(v) {
		mangle(list(v)[i], tried, try)
	}
	fields := object(v)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains([]string{"description", "summary", "example", "examples"}, key) {
			continue // not compared
		}
		old := fields[key]
		ref := func(to string) any { return map[string]any{"$ref": to} }
		odd := []any{
			nil, "text", true, []any{old, nil, 7.5, []any{}},
			ref("#/components/schemas/" + key), ref("#"), ref("#/%zz/~3"), ref("x.yaml"),
			ref("#/components/schemas/Order/properties/buyer"),
			map[string]any{"anyOf": []any{old, map[string]any{"type": "null"}}},
			map[string]any{"allOf": []any{old, true}, "oneOf": old},
			map[string]any{"type": []any{"object", 7.0, nil}, "properties": []any{old}, "required": old, "enum": old},
		}
		fields[key] = odd[*tried%len(odd)]
		*tried++
		try()
		fields[key] = old
		mangle(old, tried, try)
	}
}

// checkTable fails the test if a line is too long or has control characters.
func checkTable(t *testing.T, rows []row) {
	t.Helper()
	var out bytes.Buffer
	report(&out, rows, nil)
	control := func(r rune) bool { return r < ' ' }
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, control) || len(line) > 2000 {
			t.Fatalf("line %q", line)
		}
	}
}
