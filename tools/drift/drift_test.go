package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	ourFile      = "testdata/contract.yaml"
	upstreamFile = "../../../shared/upstream/vault.yml"

	create  = "paths /shop/orders post "
	schemas = "components schemas "
	buyer   = schemas + "Buyer "
	options = schemas + "Options "
)

func textOf(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

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
		if fields[key] == nil {
			tb.Fatalf("%s has no %q on the path %q", ourFile, key, path)
		}
		child := object(fields[key])
		fields[key] = child
		fields = child
	}
	if value == "-" {
		if fields[last] == nil {
			tb.Fatalf("%s has nothing at %q", ourFile, path)
		}
		delete(fields, last)
	} else {
		var v any
		if err := yaml.Unmarshal([]byte(value), &v); err != nil {
			tb.Fatal(err)
		}
		fields[last] = v
	}
	text, err := yaml.Marshal(map[string]any(doc))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// drift runs the command with the given texts as upstream and intended.yaml.
func drift(tb testing.TB, upstream, intended string) (status int, output string) {
	tb.Helper()
	return driftFrom(tb, textOf(tb, ourFile), upstream, intended)
}

func driftFrom(tb testing.TB, ours, upstream, intended string) (status int, output string) {
	tb.Helper()
	dir := tb.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		return file
	}
	var out bytes.Buffer
	status = run(&out, &out,
		write("ours.yaml", ours), write("upstream.yaml", upstream), write("intended.yaml", intended))
	return status, out.String()
}

func TestRun_ReportsEachKindOfDifference(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, value, row string }{
		{options + "properties beta", "{type: boolean, default: false}",
			"request options property beta boolean, default false -"},
		{options + "properties actions", "{type: array, items: {type: string, enum: [sell, buy]}}",
			"request options property actions array of {buy, sell} -"},
		{buyer + "properties name", "-", "request buyer property name - string"},
		{schemas + "Color enum", "[red, green, blue, black]", "request options.colors[] enum value black yes -"},
		{schemas + "Color enum", "[red, green]", "request options.colors[] enum value blue - yes"},
		{options + "properties colors items", "{anyOf: [{$ref: '#/components/schemas/Color'}, {type: string}]}",
			"request options.colors[] enum and any other string -"},
		{options + "properties colors items", "{$ref: 'other.yaml#/Color'}",
			"request options.colors[] problem reference other.yaml#/Color cannot be resolved -"},
		{buyer + "properties image type", "integer", "request buyer.image type integer string"},
		{options + "properties delivery default", "2h", "request options.delivery default 2h 1h"},
		{options + "properties express default", "false", "request options.express default false true"},
		{options + "additionalProperties", "-", "request options additionalProperties - false"},
		{buyer + "not", "{type: string}", "request buyer not string -"},
		{buyer + "not", "{$ref: '#/components/schemas/Color'}", "request buyer not {blue, green, red} -"},
		{buyer + "patternProperties", "{'^x': {type: string}}", "request buyer patternProperties ^x string -"},
		{buyer + "dependentRequired", "{name: [image]}", `request buyer dependentRequired {"name":["image"]} -`},
		{buyer + "unevaluatedProperties", "false", "request buyer unevaluatedProperties false -"},
		{buyer + "unevaluatedProperties", "{type: string}", "request buyer unevaluatedProperties string -"},
		{schemas + "Receipt required", "[data]", "response 200 status required - yes"},
		{schemas + "Receipt properties raw nullable", "-", "response 200 raw nullable - yes"},
		{"components parameters customer schema minLength", "2", "header x-customer minLength 2 -"},
		{create + "parameters", "[{$ref: '#/components/parameters/customer'}]",
			"operation parameter header x-shop - string, minLength 1, required yes"},
		{create + "requestBody required", "true", "request required yes -"},
		{create + "requestBody content", "{text/json: {schema: {$ref: '#/components/schemas/Buyer'}}}",
			"request media type text/json object {image, name} -"},
		{create + "responses 429", "{$ref: '#/components/responses/Failed'}",
			"operation response 429 object {detail, message} -"},
		{create + "responses 422", "-", "operation response 422 - object {detail, message}"},
		{create + "responses 200", "{}", "response 200 media type application/json - object {data, raw, status}"},
		{"components securitySchemes key name", "X-Key", "operation security key (apiKey header X-Key) yes -"},
		{"servers", "[{url: https://api.example}]", "operation server https://api.example yes -"},
		{create + "operationId", "createOrder", "operation operationId createOrder ordersCreate"},
		{create + "callbacks", "{done: {}}", `operation callbacks {"done":{}} -`},
	} {
		status, out := drift(t, edited(t, test.path, test.value), "")
		if status != 1 || !strings.Contains(columnsJoined(out), test.row) {
			t.Errorf("%s: status %d, no row %q in:\n%s", test.path, status, test.row, out)
		}
	}
}

// A change in a referenced schema is a difference too.
func TestRun_FollowsReferencesBelowAnyKeyword(t *testing.T) {
	t.Parallel()
	for keyword, row := range map[string]string{
		"not: {$ref: '#/components/schemas/Color'}":                    "request buyer.not enum value black yes -",
		"patternProperties: {a: {$ref: '#/components/schemas/Color'}}": "buyer.patternProperties a enum value black yes -",
	} {
		ours := edited(t, schemas+"Buyer", "{type: object, "+keyword+"}")
		if status, out := driftFrom(t, ours, ours, ""); status != 0 {
			t.Errorf("%s: differs from itself:\n%s", keyword, out)
		}
		theirs := strings.Replace(ours, "- red\n", "- red\n                - black\n", 1)
		if status, out := driftFrom(t, ours, theirs, ""); status != 1 || !strings.Contains(columnsJoined(out), row) {
			t.Errorf("%s: status %d, no row %q in:\n%s", keyword, status, row, out)
		}
	}
}

// columnsJoined returns the table with one space between words.
func columnsJoined(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

func TestRun_AcceptsEquivalentDescriptions(t *testing.T) {
	t.Parallel()
	const order = schemas + "Order properties "
	for _, test := range []struct{ path, value string }{
		{"info description", "Another text."},
		{buyer + "properties name description", "Another text."},
		{buyer + "properties image x-go-name", "Other"},
		{order + "buyer", "{type: object, properties: {name: {type: string}, image: {type: string}}}"},
		{order + "buyer", "{allOf: [{$ref: '#/components/schemas/Buyer'}]}"},
		{order + "buyer", "{anyOf: [{$ref: '#/components/schemas/Buyer'}]}"},
		{schemas + "Error properties detail", "{type: [object, string]}"},
		{schemas + "Error properties detail", "{oneOf: [{type: string}, {type: object}]}"},
		{schemas + "Receipt properties raw", "{type: [object, 'null']}"},
		{buyer + "additionalProperties", "true"},
		{buyer + "type", "-"},
		{"openapi", "3.1.0"},
		{"servers", "[{url: https://shop.example/}]"},
		{"components parameters customer name", "X-Customer"},
	} {
		if status, out := drift(t, edited(t, test.path, test.value), ""); status != 0 {
			t.Errorf("%s: status %d:\n%s", test.path, status, out)
		}
	}
	global := edited(t, create+"security", "-") + "security:\n    - key: []\n"
	if status, out := drift(t, global, ""); status != 0 {
		t.Errorf("security for all operations: status %d:\n%s", status, out)
	}
}

func TestRun_ReportsAnInvalidFileOnOneLine(t *testing.T) {
	t.Parallel()
	bomb := "openapi: 3.0.3\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i <= 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", i-1), 9), ","))
	}
	for text, says := range map[string]string{
		"":           "not an object",
		"- a\n- b\n": "not an object",
		"<!doctype html>\n<html><body>Not Found</body></html>": "not an object",
		"openapi: [3.0.3\npaths: {":                            "not YAML",
		"\x00\x01\x02":                                         "not YAML",
		"openapi: 3.0.3\npaths: &a\n  x: *a\n":                 "not YAML",
		bomb:                                                   "not YAML",
		"info: {title: x}":                                     "no version",
		"swagger: '2.0'\npaths: {}":                            "Swagger 2.0",
		"openapi: 4.0.0\npaths: {}":                            "OpenAPI 4.0.0",
	} {
		status, out := drift(t, text, "")
		if status != 2 || !strings.Contains(out, says) || strings.Count(out, "\n") != 1 {
			t.Errorf("%.40q: status %d: %q", text, status, out)
		}
	}
	if status, out := drift(t, textOf(t, ourFile)[:1800], ""); status == 0 || strings.Contains(out, "goroutine") {
		t.Errorf("cut in the middle: status %d: %s", status, out)
	}
}

func TestRun_SuggestsReplacementsForAMissingOperation(t *testing.T) {
	t.Parallel()
	moved := strings.Replace(textOf(t, ourFile), "/shop/orders", "/shop/v2/orders", 1)
	status, out := drift(t, moved, "")
	if status != 1 || !strings.Contains(columnsJoined(out), "operation path POST /shop/v2/orders POST /shop/orders") {
		t.Errorf("another path: status %d: %s", status, out)
	}
	renamed := strings.NewReplacer("/shop/orders", "/shop/order-links", "ordersCreate", "linksCreate")
	status, out = drift(t, renamed.Replace(textOf(t, ourFile)), "")
	if status != 1 || !strings.Contains(out, "absent; perhaps now POST /shop/order-links linksCreate") {
		t.Errorf("another path and id: status %d: %s", status, out)
	}
	const list = "POST /shop/orders: [{where: request, what: required, upstream: yes, ours: '-', why: a reason}]\n"
	status, out = drift(t, "openapi: 3.0.3\npaths: {}\n", list)
	if status != 1 || !strings.Contains(out, "no similar operation among 0") || strings.Contains(out, "remove it") {
		t.Errorf("no operation: status %d: %s", status, out)
	}
}

func TestRun_TerminatesOnRecursiveSchemas(t *testing.T) {
	t.Parallel()
	const property = schemas + "Order properties buyer"
	status, out := drift(t, edited(t, property, "{$ref: '#/components/schemas/Order'}"), "")
	if status != 1 || !strings.Contains(columnsJoined(out), "request buyer type recursive object") {
		t.Errorf("a schema in itself: status %d: %s", status, out)
	}
	status, out = drift(t, edited(t, schemas+"Buyer", "{$ref: '#/components/schemas/Buyer'}"), "")
	if status != 1 || !strings.Contains(out, "circular reference") {
		t.Errorf("a reference to itself: status %d: %s", status, out)
	}
	// Each level refers to the next one twice: 2^40 nodes if nothing stops it.
	levels := "L40: {type: string}\n"
	for i := range 40 {
		ref := fmt.Sprintf("{$ref: '#/components/x/L%d'}", i+1)
		levels += fmt.Sprintf("L%d: {properties: {a: %s, b: %s}}\n", i, ref, ref)
	}
	deep := edited(t, "components x", levels)
	deep = strings.Replace(deep, "'#/components/schemas/Buyer'", "'#/components/x/L0'", 1)
	if status, out = drift(t, deep, ""); status != 2 || !strings.Contains(out, "too often to compare") {
		t.Errorf("exponential growth: status %d: %s", status, out)
	}
}

func TestRun_IntendedDifferenceMustMatchExactly(t *testing.T) {
	t.Parallel()
	const delivery = options + "properties delivery default"
	const entry = "[{where: request options.delivery, what: default, upstream: 2h, ours: 1h, why: ours is shorter}]\n"
	const list = "POST /shop/orders: " + entry
	if status, out := drift(t, edited(t, delivery, "2h"), list); status != 0 || !strings.Contains(out, "ours is shorter") {
		t.Errorf("intended: status %d: %s", status, out)
	}
	if status, out := drift(t, edited(t, delivery, "2h"), "GET /shop/orders: "+entry); status != 1 {
		t.Errorf("another operation: status %d: %s", status, out)
	}
	if status, out := drift(t, edited(t, delivery, "3h"), list); status != 1 {
		t.Errorf("another value: status %d: %s", status, out)
	}
	status, out := drift(t, textOf(t, ourFile), list)
	if status != 0 || !strings.Contains(out, "remove it from intended.yaml") {
		t.Errorf("gone: status %d: %s", status, out)
	}
	for _, bad := range []string{
		"POST /x: [{where: request, what: type, upstream: x, ours: y}]\n", "POST /x: [{were: request}]\n", "x", "- x\n",
	} {
		if status, out := drift(t, textOf(t, ourFile), bad); status != 2 || !strings.Contains(out, "intended.yaml") {
			t.Errorf("%q: status %d: %s", bad, status, out)
		}
	}
}

func TestRun_ReadsUpstreamFromAURL(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(server.Close)
	for url, want := range map[string]struct {
		status int
		says   string
	}{
		server.URL + "/contract.yaml": {0, "no unintended differences"},
		server.URL + "/gone.yml":      {2, "404"},
		"":                            {2, "no upstream description"},
	} {
		var out bytes.Buffer
		status := run(&out, &out, ourFile, url, os.DevNull)
		if status != want.status || !strings.Contains(out.String(), want.says) {
			t.Errorf("%q: status %d: %s", url, status, out.String())
		}
	}
}

func TestRun_ComparesEveryOperation(t *testing.T) {
	t.Parallel()
	ours := edited(t, "paths /shop/links", "{get: {operationId: linksAll, responses: {'200': {description: x}}}}")
	for upstream, want := range map[string]string{
		strings.Replace(ours, `"200":`, `"201":`, 1):           "GET /shop/links: operation response 201 present -",
		strings.Replace(ours, "default: 1h", "default: 2h", 1): "POST /shop/orders: request options.delivery default 2h 1h",
		textOf(t, ourFile): "GET /shop/links: operation path absent; no similar operation among 1 GET /shop/links",
	} {
		if status, out := driftFrom(t, ours, upstream, ""); status != 1 || !strings.Contains(columnsJoined(out), want) {
			t.Errorf("status %d, no row %q in:\n%s", status, want, out)
		}
	}
	const list = "POST /shop/orders: [{where: request, what: required, upstream: yes, ours: '-', why: a reason}]\n"
	if _, out := driftFrom(t, ours, textOf(t, ourFile), list); !strings.Contains(out, "remove it") {
		t.Errorf("without one operation, the entries of the other are not checked:\n%s", out)
	}
}

// Each entry of intended.yaml is needed, and an entry for one status does not
// cover another.
func TestRun_VendorsDescriptionDiffersOnlyAsIntended(t *testing.T) {
	t.Parallel()
	theirs, err := os.ReadFile(upstreamFile)
	if err != nil {
		t.Skip("the vendor's description is not here")
	}
	ours, list := textOf(t, "../../openapi.yaml"), textOf(t, "intended.yaml")
	status, out := driftFrom(t, ours, string(theirs), list)
	if status != 0 || strings.Contains(out, "remove it") {
		t.Errorf("status %d:\n%s", status, out)
	}
	gone := strings.Replace(string(theirs), "downstream_errors:", "upstream_errors:", 1)
	status, out = driftFrom(t, ours, gone, list)
	if status != 1 || !strings.Contains(columnsJoined(out), "response 400 property downstream_errors - array of object") {
		t.Errorf("without downstream_errors on 400: status %d:\n%s", status, out)
	}
}
