package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-openapi/jsonpointer"
	"github.com/oasdiff/yaml"
)

// contract returns the description that the tests edit.
func contract(t *testing.T) document {
	t.Helper()
	doc, err := load("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// edited returns the contract with a value at a path of keys, without it if the
// value is "-", or as it is if the value is nil.
func edited(t *testing.T, path string, value any) document {
	t.Helper()
	doc := contract(t)
	keys := strings.Fields(path)
	last := len(keys) - 1
	var parent any = map[string]any(doc)
	for _, key := range keys[:last] {
		child, _, err := jsonpointer.GetForToken(parent, key)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		parent = child
	}
	switch value {
	case nil:
	case "-":
		delete(object(parent), keys[last])
	default:
		object(parent)[keys[last]] = value
	}
	return doc
}

// Each edit of testdata/mutations.yaml is exactly the rows that it lists there.
func TestDifferences_ReportsEachMutation(t *testing.T) {
	t.Parallel()
	var mutations []struct {
		At             string
		Ours, Upstream any
		Rows           []string
	}
	text, err := os.ReadFile("testdata/mutations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := yaml.Unmarshal(text, &mutations, yaml.DecodeOpts{}); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		var rows []string
		for _, r := range differences(edited(t, m.At, m.Upstream), edited(t, m.At, m.Ours)) {
			rows = append(rows, strings.Join([]string{r.Where, r.What, r.Upstream, r.Ours}, " "))
		}
		slices.Sort(rows)
		slices.Sort(m.Rows)
		if !slices.Equal(rows, m.Rows) {
			t.Errorf("%s: %v, upstream %v:\n got %q\nwant %q", m.At, m.Ours, m.Upstream, rows, m.Rows)
		}
	}
}

func TestParse_RejectsWhatIsNotOpenAPI3(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "- a\n", "<!doctype html>\n<html><body>Not Found</body></html>", "openapi: [3.0.3", "swagger: '2.0'", "openapi: 4.0.0",
	} {
		if doc, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is accepted: %v", text, doc)
		}
	}
}

func TestRun_ReadsFilesAndURLs(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(server.Close)
	const file = "testdata/contract.yaml"
	for _, test := range []struct{ ours, upstream, list, want string }{
		{file, server.URL + "/contract.yaml", os.DevNull, "upstream is version 1.2, ours follows 1.2\n 0 <nil>"},
		{file, "../../openapi.yaml", os.DevNull, "ours follows 1.2\n 1 <nil>"},
		{file, server.URL + "/gone.yaml", os.DevNull, "404 Not Found"},
		{file, "http://127.0.0.1:0", os.DevNull, "connect"},
		{file, "testdata", os.DevNull, "is a directory"},
		{"main.go", file, os.DevNull, "main.go: error converting YAML"},
		{file, file, "main.go", "main.go: error converting YAML"},
		{file, file, "gone.yaml", "gone.yaml: no such file"},
	} {
		var out strings.Builder
		open, err := run(&out, test.ours, test.upstream, test.list)
		if result := fmt.Sprintln(out.String(), open, err); !strings.Contains(result, test.want) {
			t.Errorf("%v: %s", test, result)
		}
	}
}

func TestReport_IntendedDifferenceMustMatchExactly(t *testing.T) {
	t.Parallel()
	const (
		found  = "POST /shop/orders"
		entry  = ": [{where: request, what: default, upstream: 2h, ours: 1h, why: ours is shorter}]\n"
		notice = "remove it from intended.yaml"
	)
	rows := []row{{found, "request", "default", "2h", "1h"}}
	for _, test := range []struct {
		name, list string
		rows       []row
		open       int
		says       string
	}{
		{"intended", found + entry, rows, 0, "no unintended differences\nintended: POST /shop/orders: request: default: ours is shorter\n<nil>"},
		{"in every operation", "'*'" + entry, rows, 0, "ours is shorter"},
		{"in another operation", "GET /shop/orders" + entry, rows, 1, "POST /shop/orders: request  default  2h        1h\n\nDifferences: 1."},
		{"with another value", strings.Replace(found+entry, "2h", "3h", 1), rows, 1, notice},
		{"no longer a row", found + entry, nil, 0, notice},
		{"without a reason", strings.Replace(found+entry, "why", "reason", 1), nil, 0, "give a reason"},
	} {
		file := filepath.Join(t.TempDir(), "intended.yaml")
		if err := os.WriteFile(file, []byte(test.list), 0o600); err != nil {
			t.Fatal(err)
		}
		intended, err := loadIntended(file)
		var out strings.Builder
		open := report(&out, test.rows, intended)
		said := out.String() + fmt.Sprint(err)
		if open != test.open || !strings.Contains(said, test.says) {
			t.Errorf("%s: %d open\n%s", test.name, open, said)
		}
	}
}
