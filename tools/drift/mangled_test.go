package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Whatever becomes of the vendor's file, the output is a table or one line.
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
	if tried < 200 || found < tried/2 {
		t.Errorf("%d of %d mangled descriptions differed", found, tried)
	}
	if rows, err := differences(doc, our); len(rows) > 0 || err != nil {
		t.Errorf("mangle left %v, %v", rows, err)
	}
}

// mangle puts an odd value, one kind after the other, into each place below v.
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
			ref("#/components/schemas/" + key), ref("#"), ref("#/%zz/~3"), ref("x.yaml"), ref("#/components/schemas/Session/properties/theme"),
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

// checkTable wants lines that a terminal shows, none of them endless.
func checkTable(t *testing.T, rows []row) {
	t.Helper()
	var out bytes.Buffer
	report(&out, rows, nil)
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) || len(line) > 2000 {
			t.Fatalf("line %q", line)
		}
	}
}

func FuzzUpstream(f *testing.F) {
	our, err := load(ourFile)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"openapi: 3.0.3\npaths: {/vault/sessions: {post: {responses: {200: {$ref: '#/paths'}}}}}\n",
		"openapi: 3.1.0\npaths: {/x: {$ref: '#/paths/~1x'}, /vault/sessions: {parameters: [1], post: {servers: [{}], security: [{a: []}]}}}\n",
		`{"openapi":"3.0.0","paths":{"/vault/sessions":{"post":{"parameters":[{"$ref":"#/paths/~1vault~1sessions/post/parameters/0"}]}}}}`,
		ourText(f),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := parse(text)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
		if rows, differ := differences(doc, our); err == nil && differ == nil {
			checkTable(t, rows)
		}
	})
}
