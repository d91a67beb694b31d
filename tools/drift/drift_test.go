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
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	ourFile = "testdata/contract.yaml"

	create  = "paths /shop/orders post "
	schemas = "components schemas "
	buyer   = schemas + "Buyer "
	options = schemas + "Options "
	shop    = create + "parameters 1 "
	created = "components responses Created "
)

// edited returns the contract of the tests with the YAML value at a path of keys
// replaced, or removed if value is "-".
func edited(tb testing.TB, path, value string) string {
	tb.Helper()
	doc, err := load(ourFile)
	if err != nil {
		tb.Fatal(err)
	}
	keys := strings.Fields(path)
	last := keys[len(keys)-1]
	fields := map[string]any(doc)
	for _, key := range keys[:len(keys)-1] {
		child := object(fields[key])
		if values := list(fields[key]); values != nil { // the next key is an index
			child = map[string]any{}
			for i, v := range values {
				child[fmt.Sprint(i)] = v
			}
		}
		if child == nil {
			tb.Fatalf("%s has no %q on the path %q", ourFile, key, path)
		}
		if list(fields[key]) == nil {
			fields[key] = child
		}
		fields = child
	}
	var v any
	if err := yaml.Unmarshal([]byte(value), &v); err != nil {
		tb.Fatal(err)
	}
	switch {
	case value != "-":
		fields[last] = v
	case fields[last] == nil:
		tb.Fatalf("%s has nothing at %q", ourFile, path)
	default:
		delete(fields, last)
	}
	text, err := yaml.Marshal(map[string]any(doc))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
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

// Each mutation is exactly the given rows.
func TestRun_ReportsEachMutation(t *testing.T) {
	t.Parallel()
	const (
		color    = "{$ref: '#/components/schemas/Color'}"
		ref      = "{$ref: '#/components/schemas/Buyer'}"
		receipt  = "{$ref: '#/components/schemas/Receipt'}"
		property = schemas + "Order properties buyer"
		name     = buyer + "properties name"
	)
	for _, test := range []struct{ path, ours, upstream, rows string }{
		// Properties.
		{options + "properties beta", "", "{type: boolean, default: false}",
			"request options property beta boolean, default false -"},
		{options + "properties actions", "", "{type: array, items: {type: string, enum: [sell, buy]}}",
			"request options property actions array of {buy, sell} -"},
		{name, "", "-", "request buyer property name - string"},
		{buyer + "required", "", "[name]", "request buyer.name required yes -"},
		{schemas + "Receipt required", "", "[data]", "response 200 status required - yes"},
		{options + "additionalProperties", "", "-", "request options additionalProperties - false"},
		{buyer + "additionalProperties", "", "{type: string}", "request buyer additionalProperties string -"},
		{buyer + "patternProperties", "", "{'^x': {type: string}}", "request buyer patternProperties ^x string -"},
		{buyer + "dependentRequired", "", "{name: [image]}",
			`request buyer dependentRequired {"name":["image"]} -`},
		{buyer + "unevaluatedProperties", "", "false", "request buyer unevaluatedProperties false -"},
		{buyer + "not", "", color, "request buyer not {blue, green, red} -"},
		{buyer + "not", "{type: string}", color, "request buyer.not enum {blue, green, red} -"},
		{buyer + "minProperties", "", "1", "request buyer minProperties 1 -"},

		// Types and values.
		{name + " type", "", "integer", "request buyer.name type integer string"},
		{name + " format", "", "email", "request buyer.name format email -"},
		{name + " nullable", "", "true", "request buyer.name nullable yes -"},
		{name + " type", "", "[string, 'null']", "request buyer.name nullable yes -"},
		{name + " readOnly", "", "true", "request buyer.name readOnly yes -"},
		{name + " deprecated", "", "true", "request buyer.name deprecated yes -"},
		{name + " maxLength", "", "5", "request buyer.name maxLength 5 -"},
		{name + " minimum", "", "0", "request buyer.name minimum 0 -"},
		{name + " pattern", "", "^a", "request buyer.name pattern ^a -"},
		{name + " contentEncoding", "", "base64", "request buyer.name contentEncoding base64 -"},
		{name + " const", "", "a", "request buyer.name enum {a} -"},
		{name + " default", "", "''", `request buyer.name default "" -`},
		{options + "properties delivery default", "", "2h", "request options.delivery default 2h 1h"},
		{options + "properties express default", "", "false", "request options.express default false true"},
		{options + "properties express default", "", "'true'", `request options.express default "true" true`},
		{options + "properties colors items", "", "{type: array, prefixItems: [" + color + "]}",
			"request options.colors[] type array string; request options.colors[] enum - {blue, green, red}; " +
				"request options.colors[] item 0 {blue, green, red} -"},
		{schemas + "Color enum", "", "[red, green, blue, black]", "request options.colors[] enum value black yes -"},
		{schemas + "Color enum", "", "[red, green]", "request options.colors[] enum value blue - yes"},
		{schemas + "Color enum", "", "-", "request options.colors[] enum - {blue, green, red}"},
		{schemas + "Color enum", "[1, 2]", "['1', 2]",
			`request options.colors[] enum value "1" yes -; request options.colors[] enum value 1 - yes`},
		{options + "properties colors items", "", "{$ref: 'other.yaml#/Color'}",
			"request options.colors[] type any string; request options.colors[] problem reference other.yaml#/Color " +
				"cannot be resolved -; request options.colors[] enum - {blue, green, red}"},

		// allOf: all parts apply.
		{property, "", "{allOf: [" + ref + ", {required: [name]}]}", "request buyer.name required yes -"},
		{property, "", "{allOf: [" + ref + ", {properties: {name: {maxLength: 5}}}]}",
			"request buyer.name maxLength 5 -"},
		{property, "", "{allOf: [" + ref + "], additionalProperties: false}", "request buyer additionalProperties false -"},
		{property, "{allOf: [" + ref + ", {minProperties: 2}], minProperties: 1}", "",
			"request buyer minProperties - 2"},
		{options + "properties delivery", "", "{allOf: [{type: string, default: 1h}, {default: 2h}]}",
			"request options.delivery default 1h and 2h 1h"},
		{options + "properties colors items", "", "{allOf: [" + color + ", {enum: [red, blue]}]}",
			"request options.colors[] enum value green - yes"},

		// anyOf and oneOf: each branch counts.
		{property, "{oneOf: [" + ref + ", {type: object, properties: {a: {type: string}}}]}",
			"{oneOf: [" + ref + ", {type: object, properties: {a: {type: integer}}}]}",
			"request buyer.oneOf.a type integer string"},
		{property, "{oneOf: [" + ref + ", " + color + "]}", "{oneOf: [" + ref + ", " + color + ", {type: integer}]}",
			"request buyer type integer or object or string object or string"},
		{property, "{anyOf: [" + ref + ", {type: object, required: [a]}]}", "{anyOf: [" + ref + "]}",
			"request buyer anyOf - object {image, name}; request buyer anyOf - object {a}; " +
				"request buyer property image string -; request buyer property name string -; request buyer type object any"},
		{buyer + "anyOf", "[{required: [name]}, {required: [image]}]", "[{required: [name]}]",
			"request buyer anyOf - {name}; request buyer anyOf - {image}; request buyer.name required yes -"},
		{buyer + "discriminator", "", "{propertyName: name}", `request buyer discriminator {"propertyName":"name"} -`},
		{options + "properties colors items", "", "{anyOf: [" + color + ", {type: string}]}",
			"request options.colors[] anyOf {blue, green, red} -; request options.colors[] anyOf string -; " +
				"request options.colors[] enum - {blue, green, red}; request options.colors[] type any string"},

		// Parameters, bodies and headers.
		{"components parameters customer schema minLength", "", "2", "header x-customer minLength 2 -"},
		{shop + "required", "", "-", "header x-shop required - yes"},
		{shop + "schema", "", "-", "header x-shop minLength - 1; header x-shop type any string"},
		{shop + "content", "{text/plain: {schema: {type: string}}}", "{text/plain: {schema: {type: integer}}}",
			"header x-shop text/plain type integer string"},
		{shop + "in", "", "query", "operation parameter header x-shop - string, minLength 1, required yes; " +
			"operation parameter query x-shop string, minLength 1, required yes -"},
		{shop + "style", "", "label", "header x-shop style label -"},
		{shop + "explode", "", "true", "header x-shop explode yes -"},
		{shop + "allowReserved", "", "true", "header x-shop allowReserved yes -"},
		{create + "parameters", "", "[{$ref: '#/components/parameters/customer'}]",
			"operation parameter header x-shop - string, minLength 1, required yes"},
		{create + "requestBody required", "", "true", "request required yes -"},
		{create + "requestBody content", "", "{text/json: {schema: {$ref: '#/components/schemas/Buyer'}}}",
			"request media type application/json - object {buyer, extra, options}; " +
				"request media type text/json object {image, name} -"},
		{create + "responses 429", "", "{$ref: '#/components/responses/Failed'}",
			"operation response 429 object {detail, message} -"},
		{create + "responses 422", "", "-", "operation response 422 - object {detail, message}"},
		{create + "responses 200", "", "{}", "response 200 media type application/json - object {data, raw, status}"},
		{created + "headers", "", "{X-Count: {schema: {type: integer}}}", "response 200 header x-count integer -"},
		{created + "headers", "{X-Count: {required: true}}", "{X-Count: {}}", "response 200 x-count required - yes"},
		{created + "content application/json", "{schema: " + receipt + ", encoding: {a: {style: form}}}", "",
			`response 200 encoding - {"a":{"style":"form"}}`},

		// The operation.
		{"components securitySchemes key name", "", "X-Key", "operation security key (apiKey header Authorization) - yes; " +
			"operation security key (apiKey header X-Key) yes -"},
		{"servers", "", "[{url: https://a.example}]",
			"operation server https://a.example yes -; operation server https://shop.example - yes"},
		{create + "operationId", "", "createOrder", "operation operationId createOrder ordersCreate"},
		{create + "deprecated", "", "true", "operation deprecated yes -"},
		{create + "callbacks", "", "{done: {}}", `operation callbacks {"done":{}} -`},
	} {
		ours, upstream := edited(t, "info version", "'1.2'"), edited(t, "info version", "'1.2'")
		if test.ours != "" {
			ours = edited(t, test.path, test.ours)
		}
		if test.upstream != "" {
			upstream = edited(t, test.path, test.upstream)
		}
		_, out, err := drift(t, ours, upstream, "")
		var rows []string
		for line := range strings.Lines(out) {
			if row, isRow := strings.CutPrefix(line, "POST /shop/orders: "); isRow {
				rows = append(rows, strings.TrimSpace(row))
			}
		}
		want := strings.Split(test.rows, "; ")
		slices.Sort(rows)
		slices.Sort(want)
		if err != nil || !slices.Equal(rows, want) {
			t.Errorf("%s: %s, upstream %s: %v\n got %q\nwant %q", test.path, test.ours, test.upstream, err, rows, want)
		}
	}
}

func TestRun_AcceptsEquivalentDescriptions(t *testing.T) {
	t.Parallel()
	const order = schemas + "Order properties "
	const ref, color = "{$ref: '#/components/schemas/Buyer'}", "{$ref: '#/components/schemas/Color'}"
	for _, test := range []struct{ path, ours, upstream string }{
		{"info description", "", "Another text."},
		{buyer + "properties name description", "", "Another text."},
		{buyer + "properties image x-go-name", "", "Other"},
		{order + "buyer", "", "{type: object, properties: {name: {type: string}, image: {type: string}}}"},
		{order + "buyer", "", "{allOf: [" + ref + "]}"},
		{order + "buyer", "", "{anyOf: [" + ref + "]}"},
		{order + "buyer", "{allOf: [" + ref + "], nullable: true}", "{oneOf: [" + ref + ", {type: 'null'}]}"},
		{order + "buyer", "{oneOf: [" + ref + ", {type: object}]}", "{oneOf: [{type: object}, " + ref + "]}"},
		{options + "properties colors items", "", "{allOf: [" + color + ", {type: string}]}"},
		{schemas + "Error properties detail", "", "{type: [object, string]}"},
		{schemas + "Error properties detail", "", "{oneOf: [{type: string}, {type: object}]}"},
		{schemas + "Receipt properties raw", "", "{type: [object, 'null']}"},
		{buyer + "additionalProperties", "", "true"},
		{buyer + "additionalProperties", "", "{}"},
		{buyer + "type", "", "-"},
		{buyer + "properties name minLength", "", "0"},
		{buyer + "properties name nullable", "", "false"},
		{shop + "style", "", "simple"},
		{shop + "explode", "", "false"},
		{"openapi", "", "3.1.0"},
		{"servers", "", "[{url: https://shop.example/}]"},
		{"components parameters customer name", "", "X-Customer"},
	} {
		ours := edited(t, "info version", "'1.2'")
		if test.ours != "" {
			ours = edited(t, test.path, test.ours)
		}
		if open, out, err := drift(t, ours, edited(t, test.path, test.upstream), ""); open != 0 || err != nil {
			t.Errorf("%s: %s: %v\n%s", test.path, test.upstream, err, out)
		}
	}
	global := edited(t, create+"security", "-") + "security:\n    - key: []\n"
	if open, out, err := drift(t, edited(t, "info version", "'1.2'"), global, ""); open != 0 || err != nil {
		t.Errorf("security for all operations: %v\n%s", err, out)
	}
}

func TestRun_ReportsAnInvalidFileOnOneLine(t *testing.T) {
	t.Parallel()
	bomb := "openapi: 3.0.3\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i <= 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", i-1), 9), ","))
	}
	ours := edited(t, "info version", "'1.2'")
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
	const property = schemas + "Order properties buyer"
	ours := edited(t, "info version", "'1.2'")
	_, out, err := drift(t, ours, edited(t, property, "{$ref: '#/components/schemas/Order'}"), "")
	if err != nil || !strings.Contains(out, "request buyer type recursive object") {
		t.Errorf("a schema in itself: %v\n%s", err, out)
	}
	_, out, err = drift(t, ours, edited(t, schemas+"Buyer", "{$ref: '#/components/schemas/Buyer'}"), "")
	if err != nil || !strings.Contains(out, "circular reference") {
		t.Errorf("a reference to itself: %v\n%s", err, out)
	}
	// Each level refers to the next one twice: 2^40 nodes if nothing stops it.
	levels := "L40: {type: string}\n"
	for i := range 40 {
		next := fmt.Sprintf("{$ref: '#/components/x/L%d'}", i+1)
		levels += fmt.Sprintf("L%d: {properties: {a: %s, b: %s}}\n", i, next, next)
	}
	deep := strings.Replace(edited(t, "components x", levels), "'#/components/schemas/Buyer'", "'#/components/x/L0'", 1)
	if _, _, err = drift(t, ours, deep, ""); err == nil || !strings.Contains(err.Error(), "too often to compare") {
		t.Errorf("exponential growth: %v", err)
	}
}

func TestRun_IntendedDifferenceMustMatchExactly(t *testing.T) {
	t.Parallel()
	const (
		delivery = options + "properties delivery default"
		entry    = "[{where: request options.delivery, what: default, upstream: 2h, ours: 1h, why: ours is shorter}]\n"
		moved    = "paths: {/shop/links: {post: {}}}"
	)
	ours := edited(t, "info version", "'1.2'")
	for name, test := range map[string]struct {
		upstream, list string
		open           int
		says           string
		obsolete       bool
	}{
		"intended":             {edited(t, delivery, "2h"), "POST /shop/orders: " + entry, 0, "ours is shorter", false},
		"in every operation":   {edited(t, delivery, "2h"), "'*': " + entry, 0, "ours is shorter", false},
		"in another operation": {edited(t, delivery, "2h"), "GET /shop/orders: " + entry, 1, "2h 1h", true},
		"with another value":   {edited(t, delivery, "3h"), "POST /shop/orders: " + entry, 1, "3h 1h", true},
		"no longer a row":      {ours, "'*': " + entry, 0, "no unintended differences", true},
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
	ours := edited(t, "paths /shop/links", "{get: {operationId: linksAll, responses: {'200': {description: x}}}}")
	for upstream, want := range map[string]string{
		strings.Replace(ours, `"200":`, `"201":`, 1):             "GET /shop/links: operation response 201 present -",
		strings.Replace(ours, "default: 1h", "default: 2h", 1):   "POST /shop/orders: request options.delivery default 2h 1h",
		edited(t, "info version", "'1.2'"):                       "GET /shop/links: operation path - GET /shop/links",
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
