package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// walker turns a part of a document into nodes. Its budget bounds the tree, which
// grows exponentially if schemas refer to each other repeatedly.
type walker struct {
	doc    document
	budget int
}

// notOnTheWire are the keywords that are not compared, besides extensions.
var notOnTheWire = []string{
	"$ref", "$comment", "$id", "$schema", "$anchor", "$defs", "description", "example", "examples", "externalDocs",
	"links", "summary", "tags", "title", "xml",
}

// These keywords have one element as their value, or one for each name. The
// latter are described as "property name" or "response 200".
var (
	singular = []string{
		"additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames",
		"requestBody", "then", "unevaluatedItems", "unevaluatedProperties",
	}
	named = map[string]string{
		"content": "media type", "headers": "header", "responses": "response", "properties": "property",
		"dependentSchemas": "dependentSchemas", "patternProperties": "patternProperties",
	}
)

// labels are those that differ from the name. The usual media type has none.
var labels = map[string]string{
	"additionalProperties": "{}", "items": "[]", "requestBody": "request", "media type application/json": "",
}

// describe returns an operation as a tree.
func (d document) describe(o operation) (*node, error) {
	fields := maps.Clone(o.fields)
	fields["parameters"] = slices.Concat(list(o.item["parameters"]), list(o.fields["parameters"]))
	for _, wider := range []map[string]any{o.item, d} {
		if len(list(fields["servers"])) == 0 {
			fields["servers"] = wider["servers"]
		}
	}
	if fields["security"] == nil {
		fields["security"] = d["security"]
	}

	w := &walker{doc: d, budget: 20_000}
	root := w.element(fields, nil)
	root.Attrs["path"] = o.name()
	if w.budget <= 0 {
		return nil, fmt.Errorf("%s: the schemas refer to each other too often to compare", o.name())
	}
	return root, nil
}

// element describes an operation, a response, a schema: anything that has
// keywords. above lists the references that led to it.
func (w *walker) element(v any, above []string) *node {
	n := newNode()
	if w.budget--; w.budget <= 0 {
		return n
	}
	if ref, isRef := object(v)["$ref"].(string); isRef {
		if slices.Contains(above, ref) {
			n.Types["recursive"] = true
			return n
		}
		above = append(slices.Clip(above), ref)
	}
	fields, problem := w.doc.resolve(v)
	if problem != "" {
		n.Attrs["problem"] = problem
		return n
	}
	if fields == nil && v != nil && v != true { // true is any value, as nothing is
		n.Types[fmt.Sprintf("unreadable (%T)", v)] = true
		return n
	}

	for _, word := range slices.Sorted(maps.Keys(fields)) {
		w.keyword(n, word, fields[word], above)
	}
	w.compose(n, fields, above)

	if n.Types["null"] && len(n.Types) > 1 {
		delete(n.Types, "null")
		n.Attrs["nullable"] = "yes"
	}
	if len(n.Types) == 0 {
		n.implyType(fields)
	}
	return n
}

// compose adds what the keywords say that refer to the others.
func (w *walker) compose(n *node, fields map[string]any, above []string) {
	for _, name := range list(fields["required"]) {
		key := "property " + fmt.Sprint(name)
		if n.Children[key] == nil {
			n.put(key, fmt.Sprint(name), newNode())
		}
		n.Children[key].Attrs["required"] = "yes"
	}

	for _, part := range list(fields["allOf"]) {
		n.merge(w.element(part, above))
	}

	for _, word := range []string{"anyOf", "oneOf"} {
		var alternatives []*node
		for _, alternative := range list(fields[word]) {
			alternatives = append(alternatives, w.element(alternative, above))
		}
		n.choose(word, alternatives)
	}
}

// keyword describes what one keyword says.
func (w *walker) keyword(n *node, word string, value any, above []string) {
	kind, isNamed := named[word]
	switch {
	case slices.Contains(notOnTheWire, word) || strings.HasPrefix(word, "x-"):
	case isNamed:
		for key, v := range object(value) {
			w.child(n, kind+" "+key, v, above)
		}
	case slices.Contains(singular, word) && object(value) != nil:
		w.child(n, word, value, above)
	case word == "prefixItems":
		for i, v := range list(value) {
			w.child(n, fmt.Sprint("item ", i), v, above)
		}
	case word == "schema": // of a parameter, a header or a media type
		n.merge(w.element(value, above))
	case word == "parameters":
		for _, p := range list(value) {
			w.parameter(n, p)
		}
	case word == "type":
		n.addTypes(value)
	case word == "enum":
		n.enum(list(value))
	case word == "const":
		n.enum([]any{value})
	case word == "security":
		w.security(n, list(value))
	case word == "servers":
		for _, server := range list(value) {
			n.Attrs["server "+strings.TrimSuffix(fmt.Sprint(object(server)["url"]), "/")] = "yes"
		}
	default:
		n.attribute(word, value)
	}
}

// child adds an element to n, unless it says nothing about other properties.
func (w *walker) child(n *node, name string, value any, above []string) {
	kind, key, _ := strings.Cut(name, " ")
	if kind == "header" { // header names are case-insensitive
		key = strings.ToLower(key)
		name = kind + " " + key
	}

	label, special := labels[name]
	switch {
	case special:
	case kind == "property" || kind == "header":
		label = key
	default:
		label = strings.TrimPrefix(name, "media type ")
	}

	c := w.element(value, above)
	if name == "additionalProperties" && c.equal(newNode()) {
		return
	}
	n.put(name, label, c)
}

// parameter describes a parameter, and how its value is written only if that is
// not the usual way.
func (w *walker) parameter(root *node, v any) {
	fields, problem := w.doc.resolve(v)
	name := text(fields["name"])
	in := text(fields["in"])
	if in == "header" {
		name = strings.ToLower(name)
	}

	n := w.element(v, nil)
	delete(n.Attrs, "name")
	delete(n.Attrs, "in")

	usual := "simple"
	if in == "query" || in == "cookie" {
		usual = "form"
	}
	style := cmp.Or(text(fields["style"]), usual)
	explode, says := fields["explode"].(bool)
	if says && explode == (style == "form") {
		delete(n.Attrs, "explode")
	}
	if style == usual {
		delete(n.Attrs, "style")
	}

	label := cmp.Or(strings.TrimSpace(in+" "+name), "unreadable "+problem)
	root.put("parameter "+label, label, n)
}

// security adds each way to authenticate, described by what is sent.
func (w *walker) security(root *node, requirements []any) {
	schemes := object(object(w.doc["components"])["securitySchemes"])
	for _, requirement := range requirements {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(object(requirement))) {
			scheme, problem := w.doc.resolve(schemes[name])
			sent := fmt.Sprint(text(scheme["type"]), " ", text(scheme["scheme"]), " ",
				text(scheme["in"]), " ", text(scheme["name"]), " ", problem)
			sent = strings.Join(strings.Fields(sent), " ")
			parts = append(parts, name+" ("+cmp.Or(sent, "undefined")+")")
		}
		root.Attrs["security "+cmp.Or(strings.Join(parts, " and "), "none")] = "yes"
	}
}
