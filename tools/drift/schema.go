package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is one element of a description: the operation, a body, a property.
// Equivalent descriptions yield the same tree, whether their schemas are inline
// or components and however they spell nullable.
type node struct {
	attrs    map[string]string          // "type": "string", "default": "1h"
	sets     map[string]map[string]bool // "enum value": {"crm", …}
	children map[string]*child          // "property theme", "response 200"
}

// child is a node with its label in a location.
type child struct {
	label string
	*node
}

func newNode() *node {
	return &node{attrs: map[string]string{}, sets: map[string]map[string]bool{}, children: map[string]*child{}}
}

func (n *node) put(name, label string, c *node) { n.children[name] = &child{label, c} }

func (n *node) child(name, label string) *node {
	c := newNode()
	n.put(name, label, c)
	return c
}

func (n *node) add(set, value string) {
	if n.sets[set] == nil {
		n.sets[set] = map[string]bool{}
	}
	n.sets[set][value] = true
}

// flag records a boolean that is true; absent and false are the same.
func (n *node) flag(from map[string]any, name string) {
	if on, _ := from[name].(bool); on {
		n.attrs[name] = "yes"
	}
}

func (n *node) problem(text string) {
	if text != "" {
		n.attrs["problem"] = text
	}
}

// summary returns the node and its contents on one line, for the side that has it.
func (n *node) summary() string {
	kind := n.attrs["type"]
	if values := n.sets["enum value"]; len(values) > 0 {
		kind = "{" + strings.Join(slices.Sorted(maps.Keys(values)), ", ") + "}"
	}
	if items := n.children["items"]; items != nil {
		kind += " of " + items.summary()
	}
	var properties []string
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		if property, ok := strings.CutPrefix(name, "property "); ok {
			properties = append(properties, property)
		}
	}
	if properties != nil {
		kind += " {" + strings.Join(properties, ", ") + "}"
	}
	parts := []string{kind}
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		if strings.HasPrefix(name, "media type ") { // of a response or a request body
			parts = append(parts, n.children[name].summary())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.attrs)) {
		if name != "type" && name != "additionalProperties" {
			parts = append(parts, name+" "+n.attrs[name])
		}
	}
	if s := strings.Trim(strings.Join(parts, ", "), ", "); s != "" {
		return s
	}
	return "present"
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
		target, ok := d.lookup(ref)
		if !ok {
			return nil, "reference " + ref + " cannot be resolved"
		}
		merged := maps.Clone(target)
		for key, value := range fields {
			if key != "$ref" {
				merged[key] = value
			}
		}
		fields = merged
	}
	return nil, "circular reference"
}

// lookup finds a reference within the document.
func (d document) lookup(ref string) (map[string]any, bool) {
	pointer, local := strings.CutPrefix(ref, "#/")
	if !local {
		return nil, false
	}
	var v any = map[string]any(d)
	for part := range strings.SplitSeq(pointer, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if values, isList := v.([]any); isList {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(values) {
				return nil, false
			}
			v = values[i]
		} else {
			v = object(v)[part]
		}
	}
	fields := object(v)
	return fields, fields != nil
}

// walker turns schemas into nodes. Its budget bounds the tree, which grows
// exponentially if schemas refer to each other repeatedly.
type walker struct {
	doc    document
	budget int
}

// constraints are compared by value. Titles, descriptions, examples and
// extensions are not compared: they do not affect the wire format.
var constraints = []string{
	"default", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
	"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
	"readOnly", "writeOnly", "deprecated", "dependentRequired", "unevaluatedProperties", "unevaluatedItems", "prefixItems",
}

// subschemas, and the values of namedSubschemas, are compared like properties.
var (
	subschemas = []string{
		"not", "if", "then", "else", "propertyNames", "contains", "unevaluatedProperties", "unevaluatedItems",
	}
	namedSubschemas = []string{"patternProperties", "dependentSchemas"}
)

// schema describes a schema. above lists the references that led to it.
func (w *walker) schema(v any, above []string) *node {
	n := newNode()
	if w.budget--; w.budget <= 0 {
		return n
	}
	if ref, isRef := object(v)["$ref"].(string); isRef {
		if slices.Contains(above, ref) {
			n.attrs["type"] = "recursive"
			return n
		}
		above = append(slices.Clip(above), ref)
	}
	fields, problem := w.doc.resolve(v)
	if fields == nil {
		n.attrs["type"] = "any"
		if v != nil && v != true && problem == "" {
			n.attrs["type"] = fmt.Sprintf("unreadable (%T)", v)
		}
		n.problem(problem)
		return n
	}
	types := typesOf(fields)
	for _, word := range constraints {
		value := scalar(fields[word])
		meansFalse := word == "default" || strings.HasPrefix(word, "unevaluated")
		isSchema := slices.Contains(subschemas, word) && object(fields[word]) != nil
		if fields[word] != nil && !isSchema && (value != "false" || meansFalse) {
			n.attrs[word] = value
		}
	}
	if value, fixed := fields["const"]; fixed {
		n.add("enum value", scalar(value))
	}
	for _, value := range list(fields["enum"]) {
		if value != nil { // null is covered by nullable
			n.add("enum value", scalar(value))
		}
	}
	w.members(n, fields, types, above)
	for _, part := range list(fields["allOf"]) {
		n.merge(w.schema(part, above), types, true)
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		closed, open := false, false
		for _, alternative := range list(fields[word]) {
			part := w.schema(alternative, above)
			closed = closed || len(part.sets["enum value"]) > 0
			open = open || len(part.sets["enum value"]) == 0 && strings.Contains(part.attrs["type"], "string")
			n.merge(part, types, false)
		}
		if closed && open {
			n.attrs["enum"] = "and any other string"
		}
	}
	if nullable, _ := fields["nullable"].(bool); nullable || types["null"] {
		n.attrs["nullable"] = "yes"
	}
	delete(types, "null")
	if len(types) > 1 {
		delete(types, "any") // an untyped part adds nothing to a typed one
	}
	n.attrs["type"] = cmp.Or(strings.Join(slices.Sorted(maps.Keys(types)), " or "), "any")
	return n
}

// members describes the contents of an object or an array.
func (w *walker) members(n *node, fields map[string]any, types map[string]bool, above []string) {
	properties := object(fields["properties"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		n.put("property "+name, name, w.schema(properties[name], above))
	}
	for _, name := range list(fields["required"]) {
		key := "property " + scalar(name)
		if n.children[key] == nil {
			n.child(key, scalar(name)).attrs["type"] = "any"
		}
		n.children[key].attrs["required"] = "yes"
	}
	if fields["items"] != nil {
		n.put("items", "[]", w.schema(fields["items"], above))
	}
	for _, word := range subschemas {
		if object(fields[word]) != nil {
			n.put(word, word, w.schema(fields[word], above))
		}
	}
	for _, word := range namedSubschemas {
		named := object(fields[word])
		for _, name := range slices.Sorted(maps.Keys(named)) {
			n.put(word+" "+name, word+" "+name, w.schema(named[name], above))
		}
	}
	if !types["object"] {
		return
	}
	switch others := fields["additionalProperties"].(type) {
	case bool:
		if !others {
			n.attrs["additionalProperties"] = "false"
		}
	case nil:
	default:
		if len(object(others)) > 0 {
			n.put("additional properties", "{}", w.schema(others, above))
		}
	}
}

// typesOf returns the types that the schema names, or the one its keywords imply.
func typesOf(fields map[string]any) map[string]bool {
	types := map[string]bool{}
	if name := text(fields["type"]); name != "" {
		types[name] = true
	}
	for _, name := range list(fields["type"]) { // OpenAPI 3.1
		types[scalar(name)] = true
	}
	switch {
	case len(types) > 0:
	case fields["properties"] != nil || fields["additionalProperties"] != nil:
		types["object"] = true
	case fields["items"] != nil:
		types["array"] = true
	case fields["enum"] != nil || fields["const"] != nil:
		types["string"] = true
	}
	return types
}

// merge adds a part of allOf, or an alternative of anyOf or oneOf, to n. An
// alternative makes no property required.
func (n *node) merge(part *node, types map[string]bool, all bool) {
	for name := range strings.SplitSeq(part.attrs["type"], " or ") {
		types[name] = true
	}
	if part.attrs["nullable"] != "" {
		types["null"] = true
	}
	for name, value := range part.attrs {
		if name != "type" && name != "nullable" && n.attrs[name] == "" {
			n.attrs[name] = value
		}
	}
	for set, values := range part.sets {
		for value := range values {
			n.add(set, value)
		}
	}
	for name, c := range part.children {
		if !all {
			delete(c.attrs, "required")
		}
		if n.children[name] == nil {
			n.children[name] = c
		}
	}
}

// scalar returns v on one line.
func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	encoded, err := json.Marshal(v)
	if err != nil { // NaN, infinity, or keys that are not strings
		return fmt.Sprintf("(%T)", v)
	}
	return string(encoded)
}
