package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const ourFile = "testdata/contract.yaml"

// contract returns the contract of the tests.
func contract(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(ourFile)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// edited returns the contract of the tests with a value at a path of keys, or
// without it if value is "-". It returns the contract if there is no value.
func edited(tb testing.TB, path string, value yaml.Node) string {
	tb.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(contract(tb)), &doc); err != nil {
		tb.Fatal(err)
	}
	if value.IsZero() {
		return contract(tb)
	}
	keys := strings.Fields(path)
	parent := doc.Content[0]
	for _, key := range keys[:len(keys)-1] {
		i := index(parent, key)
		if i < 0 {
			tb.Fatalf("%s has no %q on the path %q", ourFile, key, path)
		}
		parent = parent.Content[i]
	}
	last := keys[len(keys)-1]
	switch i := index(parent, last); {
	case value.Value == "-" && i < 0:
		tb.Fatalf("%s has nothing at %q", ourFile, path)
	case value.Value == "-":
		parent.Content = slices.Delete(parent.Content, i-1, i+1)
	case i < 0:
		parent.Content = append(parent.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: last}, &value)
	default:
		parent.Content[i] = &value
	}
	text, err := yaml.Marshal(&doc)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// index returns where the value of a key is, or -1.
func index(n *yaml.Node, key string) int {
	if i, err := strconv.Atoi(key); err == nil && n.Kind == yaml.SequenceNode {
		return i
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

// replaced returns the contract of the tests with one text for another.
func replaced(tb testing.TB, old, new string) string {
	tb.Helper()
	text := contract(tb)
	if !strings.Contains(text, old) {
		tb.Fatalf("%s has no %q", ourFile, old)
	}
	return strings.Replace(text, old, new, 1)
}

// drift runs the command with the given texts instead of files. It returns the
// number of unintended differences and the output with one space between words.
func drift(tb testing.TB, ours, upstream, intended string) (open int, output string, err error) {
	tb.Helper()
	dir := tb.TempDir()
	var files []string
	for i, text := range []string{ours, upstream, intended} {
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		files = append(files, file)
	}
	var out, joined bytes.Buffer
	open, err = run(&out, files[0], files[1], files[2])
	for line := range strings.Lines(out.String()) {
		joined.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return open, joined.String(), err
}

// Each edit of testdata/mutations.yaml is exactly the rows that it lists there.
func TestRun_ReportsEachMutation(t *testing.T) {
	t.Parallel()
	var mutations []struct {
		At             string
		Ours, Upstream yaml.Node
		Rows           []string
	}
	text, err := os.ReadFile("testdata/mutations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &mutations); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		_, out, err := drift(t, edited(t, m.At, m.Ours), edited(t, m.At, m.Upstream), "")
		var rows []string
		for line := range strings.Lines(out) {
			if row, isRow := strings.CutPrefix(line, "POST /shop/orders: "); isRow {
				rows = append(rows, strings.TrimSpace(row))
			}
		}
		slices.Sort(rows)
		slices.Sort(m.Rows)
		if err != nil || !slices.Equal(rows, m.Rows) {
			t.Errorf("%s: %s, upstream %s: %v\n got %q\nwant %q", m.At, m.Ours.Value, m.Upstream.Value, err, rows, m.Rows)
		}
	}
}

func TestRun_ReportsAnInvalidFileOnOneLine(t *testing.T) {
	t.Parallel()
	bomb := "openapi: 3.0.3\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i <= 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", i-1), 9), ","))
	}
	ours := contract(t)
	for _, text := range []string{
		"", "- a\n- b\n", "<!doctype html>\n<html><body>Not Found</body></html>", "openapi: [3.0.3\npaths: {",
		"\x00\x01\x02", "openapi: 3.0.3\npaths: &a\n  x: *a\n", bomb, "info: {title: x}", "swagger: '2.0'\npaths: {}",
		"openapi: 4.0.0\npaths: {}",
	} {
		_, _, err := drift(t, ours, text, "")
		if err == nil || !strings.Contains(err.Error(), "not ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestRun_TerminatesOnRecursiveSchemas(t *testing.T) {
	t.Parallel()
	ours := contract(t)
	const buyer = "buyer: {$ref: '#/components/schemas/Buyer'}"
	_, out, err := drift(t, ours, replaced(t, buyer, "buyer: {$ref: '#/components/schemas/Order'}"), "")
	if err != nil || !strings.Contains(out, "request buyer type recursive object") {
		t.Errorf("a schema in itself: %v\n%s", err, out)
	}
	_, out, err = drift(t, ours, replaced(t, "    Buyer:\n", "    Buyer:\n      $ref: '#/components/schemas/Buyer'\n"), "")
	if err != nil || !strings.Contains(out, "circular reference") {
		t.Errorf("a reference to itself: %v\n%s", err, out)
	}
	// Each level refers to the next one twice: 2^40 nodes if nothing stops it.
	levels := "components:\n  x:\n    L40: {type: string}\n"
	for i := range 40 {
		next := fmt.Sprintf("{$ref: '#/components/x/L%d'}", i+1)
		levels += fmt.Sprintf("    L%d: {properties: {a: %s, b: %s}}\n", i, next, next)
	}
	deep := strings.Replace(replaced(t, "components:\n", levels), "'#/components/schemas/Buyer'", "'#/components/x/L0'", 1)
	if _, _, err = drift(t, ours, deep, ""); err == nil || !strings.Contains(err.Error(), "too often to compare") {
		t.Errorf("exponential growth: %v", err)
	}
}

func TestRun_IntendedDifferenceMustMatchExactly(t *testing.T) {
	t.Parallel()
	const (
		delivery = "default: 1h"
		entry    = "[{where: request options.delivery, what: default, upstream: 2h, ours: 1h, why: ours is shorter}]\n"
		security = "      security:\n        - key: []\n"
		global   = "security:\n  - key: []\n"
		moved    = "paths: {/shop/links: {post: {}}}"
	)
	ours := contract(t)
	for name, test := range map[string]struct {
		upstream, list string
		open           int
		says           string
		obsolete       bool
	}{
		"intended":             {replaced(t, delivery, "default: 2h"), "POST /shop/orders: " + entry, 0, "ours is shorter", false},
		"in every operation":   {replaced(t, delivery, "default: 2h"), "'*': " + entry, 0, "ours is shorter", false},
		"in another operation": {replaced(t, delivery, "default: 2h"), "GET /shop/orders: " + entry, 1, "2h 1h", true},
		"with another value":   {replaced(t, delivery, "default: 3h"), "POST /shop/orders: " + entry, 1, "3h 1h", true},
		"no longer a row":      {ours, "'*': " + entry, 0, "no unintended differences", true},
		"security for all":     {strings.Replace(contract(t), security, "", 1) + global, "", 0, "no unintended differences", false},
		"no operation":         {"openapi: 3.0.0\n" + moved, "'*': " + entry, 1, "path - POST /shop/orders", false},
	} {
		open, out, err := drift(t, ours, test.upstream, test.list)
		obsolete := strings.Contains(out, "remove it from intended.yaml")
		if err != nil || open != test.open || !strings.Contains(out, test.says) || obsolete != test.obsolete {
			t.Errorf("%s: %d open, %v\n%s", name, open, err, out)
		}
	}
	for _, bad := range []string{
		"POST /x: [{where: request, what: type, upstream: x, ours: y}]\n", "POST /x: [{were: request}]\n", "x", "- x\n",
	} {
		if _, _, err := drift(t, ours, ours, bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestRun_ComparesEveryOperation(t *testing.T) {
	t.Parallel()
	const links = "  /shop/links:\n    get: {operationId: linksAll, responses: {'200': {description: x}}}\n"
	ours := replaced(t, "paths:\n", "paths:\n"+links)
	for upstream, want := range map[string]string{
		strings.Replace(ours, "'200'", "'201'", 1):             "GET /shop/links: operation response 201 present -",
		strings.Replace(ours, "default: 1h", "default: 2h", 1): "POST /shop/orders: request options.delivery default 2h 1h",
		contract(t): "GET /shop/links: operation path - GET /shop/links",
		strings.Replace(ours, "/shop/links", "/shop/v2/link", 1): "operation path GET /shop/v2/link GET /shop/links",
	} {
		if _, out, err := drift(t, ours, upstream, ""); err != nil || !strings.Contains(out, want) {
			t.Errorf("no row %q, %v:\n%s", want, err, out)
		}
	}
}

func TestLoad_ReadsFromAURL(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(server.Close)
	if open, err := run(new(bytes.Buffer), ourFile, server.URL+"/contract.yaml", os.DevNull); open != 0 || err != nil {
		t.Errorf("%d open, %v", open, err)
	}
	if _, err := run(new(bytes.Buffer), ourFile, server.URL+"/gone.yaml", os.DevNull); err == nil {
		t.Error("a 404 is accepted")
	}
}

// However malformed the vendor's file is, there is a table or an error, and the
// table has one line for each row.
func TestDifferences_SurvivesAnyValueAnywhere(t *testing.T) {
	t.Parallel()
	our, err := load(ourFile)
	if err != nil {
		t.Fatal(err)
	}
	their, err := load(ourFile)
	if err != nil {
		t.Fatal(err)
	}
	tried, found := 0, 0
	mangle(map[string]any(their), &tried, func() {
		rows, err := differences(their, our)
		var out bytes.Buffer
		report(&out, rows, nil)
		if len(rows) > 0 && strings.Count(out.String(), "\n") != len(rows)+5 {
			t.Fatalf("%d rows in:\n%s", len(rows), out.String())
		}
		if len(rows) > 0 || err != nil {
			found++
		}
	})
	if tried < 100 || found < tried/2 {
		t.Errorf("%d of %d mangled descriptions differed", found, tried)
	}
}

// mangle replaces each value below v in turn with an unexpected one and calls try.
func mangle(v any, tried *int, try func()) {
	for _, element := range list(v) {
		mangle(element, tried, try)
	}
	fields := object(v)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		old := fields[key]
		ref := func(to string) any { return map[string]any{"$ref": to} }
		odd := []any{
			nil, "text\n", true, []any{old, nil, 7.5, []any{}},
			ref("#/components/schemas/" + key), ref("#"), ref("#/%zz/~3"), ref("x.yaml"),
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
