package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// Whatever becomes of the vendor's file, the answer is a table or one line.
func TestMangledDescriptionsNeverPanic(t *testing.T) {
	t.Parallel()
	our, err := load(ourFile)
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]int{ourFile: 600, upstreamFile: 40}
	for _, file := range slices.Sorted(maps.Keys(sources)) {
		if _, err := os.Stat(file); err != nil {
			t.Logf("%s is not here", file)
			continue
		}
		doc, err := load(file)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(5, 7))
		found := 0
		for range sources[file] {
			var mangled document
			if err := json.Unmarshal(plain, &mangled); err != nil {
				t.Fatal(err)
			}
			for range 1 + random.IntN(4) {
				mangle(random, mangled, mangled)
			}
			rows, err := differences(mangled, our)
			if err == nil {
				var out bytes.Buffer
				report(&out, rows, nil)
				checkTable(t, out.String())
			}
			if len(rows) > 0 || err != nil {
				found++
			}
		}
		if found == 0 {
			t.Errorf("%s: no mangled description differed", file)
		}
	}
}

// mangle changes one random place of the tree below v. Places of the operation
// are taken more often than the rest of a large file.
func mangle(random *rand.Rand, doc document, v map[string]any) {
	for range 12 {
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 {
			return
		}
		key := keys[random.IntN(len(keys))]
		for _, relevant := range []string{"paths", "/vault/sessions", "post", "components"} {
			if v[relevant] != nil && random.IntN(2) == 0 {
				key = relevant
			}
		}
		if inner := object(v[key]); inner != nil && random.IntN(5) > 0 {
			v = inner
			continue
		}
		switch old := v[key]; random.IntN(12) {
		case 0:
			delete(v, key)
		case 1:
			delete(v, key)
			v[key+"2"] = old
		case 2:
			v[key] = nil
		case 3:
			v[key] = "text"
		case 4:
			v[key] = []any{old, nil, 7.5, []any{}}
		case 5:
			v[key] = map[string]any{"$ref": "#/components/schemas/" + key}
		case 6:
			v[key] = map[string]any{"$ref": []string{"#", "#/", "", "x.yaml", "#/paths", "#/components/schemas/Session/properties/theme", "#/%zz/~3"}[random.IntN(7)]}
		case 7:
			v[key] = map[string]any{"anyOf": []any{old, map[string]any{"type": "null"}}}
		case 8:
			v[key] = map[string]any{"allOf": []any{old, true}, "oneOf": old}
		case 9:
			v[key] = map[string]any{"type": []any{"object", 7.0, nil}, "properties": []any{old}, "required": old, "enum": old}
		case 10:
			v[key] = random.IntN(2) == 0
		case 11:
			v[key] = map[string]any(doc) // a circle in the tree itself
		}
		return
	}
}

// checkTable wants lines that a terminal shows, none of them endless.
func checkTable(t *testing.T, table string) {
	t.Helper()
	for line := range strings.Lines(table) {
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
	f.Add([]byte("openapi: 3.0.3\npaths: {/vault/sessions: {post: {responses: {200: {$ref: '#/paths'}}}}}\n"))
	f.Add([]byte("openapi: 3.1.0\npaths: {/x: {$ref: '#/paths/~1x'}, /vault/sessions: {parameters: [1], post: {servers: [{}], security: [{a: []}], requestBody: {content: {a/b: {schema: true}}}}}}\n"))
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/vault/sessions":{"post":{"parameters":[{"$ref":"#/paths/~1vault~1sessions/post/parameters/0"}]}}}}`))
	f.Add([]byte(ourText(f)))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
			return
		}
		rows, err := differences(doc, our)
		if err != nil {
			return
		}
		var out bytes.Buffer
		report(&out, rows, nil)
		checkTable(t, out.String())
	})
}
