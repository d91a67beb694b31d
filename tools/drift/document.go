package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// document is an OpenAPI description as decoded from YAML. Any part of it may be
// absent or have an unexpected type.
type document map[string]any

// operation is an operation of a document.
type operation struct {
	method, path string
	item, fields map[string]any
}

func (o operation) name() string { return strings.ToUpper(o.method) + " " + o.path }

// operations returns every operation, sorted.
func (d document) operations() []operation {
	var all []operation
	paths := object(d["paths"])
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		item, _ := d.resolve(paths[p])
		for _, m := range []string{"delete", "get", "head", "options", "patch", "post", "put", "trace"} {
			if fields := object(item[m]); fields != nil {
				all = append(all, operation{m, p, item, fields})
			}
		}
	}
	return all
}

// find returns the operation with the name of wanted, or else with its
// operationId: either may have been renamed.
func (d document) find(wanted operation) (operation, bool) {
	sameID := func(o operation) bool {
		id := text(o.fields["operationId"])
		return id != "" && id == text(wanted.fields["operationId"])
	}
	all := d.operations()
	i := slices.IndexFunc(all, func(o operation) bool { return o.name() == wanted.name() })
	if i < 0 {
		i = slices.IndexFunc(all, sameID)
	}
	if i < 0 {
		return operation{}, false
	}
	return all[i], true
}

// resolve follows references. If one cannot be resolved, it returns nil and the
// problem. Keywords beside a reference apply too, as in OpenAPI 3.1.
func (d document) resolve(v any) (fields map[string]any, problem string) {
	fields = object(v)
	for range 32 {
		ref, isRef := fields["$ref"].(string)
		if !isRef {
			return fields, ""
		}
		target := d.lookup(ref)
		if target == nil {
			return nil, "reference " + ref + " cannot be resolved"
		}
		beside := maps.Clone(fields)
		delete(beside, "$ref")
		fields = maps.Clone(target)
		maps.Copy(fields, beside)
	}
	return nil, "circular reference"
}

// lookup returns what a reference to an object of the document refers to, or nil.
func (d document) lookup(ref string) map[string]any {
	pointer, local := strings.CutPrefix(ref, "#/")
	if !local {
		return nil
	}
	fields := map[string]any(d)
	for part := range strings.SplitSeq(pointer, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		fields = object(fields[part])
	}
	return fields
}
