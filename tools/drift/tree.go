package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// node describes an element of a description: the operation, a body, a property.
// Equivalent descriptions yield the same tree: references are followed, allOf is
// merged, and it does not matter how nullable or a union of types is spelled.
type node struct {
	Types        map[string]bool   // nil is any type; null is an attribute
	Attrs        map[string]string // "default": "1h", "nullable": "yes"
	Children     map[string]*child // "property theme", "response 200", "enum"
	Alternatives []*child          // of anyOf and oneOf, unless they are one schema with several types
}

// child is a node with its label in a location.
type child struct {
	Label string
	*node
}

func newNode() *node {
	return &node{Types: map[string]bool{}, Attrs: map[string]string{}, Children: map[string]*child{}}
}

func (n *node) put(name, label string, c *node) { n.Children[name] = &child{label, c} }

// enum adds the values that are valid. Null is covered by nullable.
func (n *node) enum(values []any) {
	set := newNode()
	for _, v := range values {
		if v != nil {
			set.Attrs["enum value "+scalar(v)] = "yes"
		}
	}
	n.put("enum", "", set)
}

// addTypes adds the value of the keyword type, which is a list in OpenAPI 3.1.
func (n *node) addTypes(value any) {
	for _, name := range append(list(value), value) {
		if text(name) != "" {
			n.Types[text(name)] = true
		}
	}
}

// implyType adds the type that the keywords of a schema without a type imply.
func (n *node) implyType(fields map[string]any) {
	switch {
	case fields["properties"] != nil || fields["additionalProperties"] != nil:
		n.Types["object"] = true
	case fields["items"] != nil:
		n.Types["array"] = true
	case n.Children["enum"] != nil:
		n.Types["string"] = true
	}
}

// typeName returns the types as one word, "" for an element that is not a schema.
func (n *node) typeName() string {
	return strings.Join(slices.Sorted(maps.Keys(n.Types)), " or ")
}

// summary returns the node and its contents on one line, for the side that has it.
func (n *node) summary() string {
	kind := n.typeName()
	if values := n.Children["enum"]; values != nil {
		kind = values.summary()
	}
	if items := n.Children["items"]; items != nil {
		kind += " of " + items.summary()
	}

	var parts, properties, values []string
	for _, name := range slices.Sorted(maps.Keys(n.Attrs)) {
		if value, isEnum := strings.CutPrefix(name, "enum value "); isEnum {
			values = append(values, value)
		} else if name != "additionalProperties" {
			parts = append(parts, name+" "+n.Attrs[name])
		}
	}

	for _, name := range slices.Sorted(maps.Keys(n.Children)) {
		property, isProperty := strings.CutPrefix(name, "property ")
		switch {
		case isProperty:
			properties = append(properties, property)
		case name != "enum" && name != "items":
			parts = append(parts, n.Children[name].summary())
		}
	}
	for _, alternative := range n.Alternatives {
		parts = append(parts, alternative.Label+" "+alternative.summary())
	}

	if values != nil {
		kind = "{" + strings.Join(values, ", ") + "}"
	}
	if properties != nil {
		kind += " {" + strings.Join(properties, ", ") + "}"
	}
	all := strings.Join(append([]string{strings.TrimSpace(kind)}, parts...), ", ")
	return cmp.Or(strings.Trim(all, ", "), "present")
}

// merge adds a part of allOf to n: both apply.
func (n *node) merge(part *node) {
	if len(n.Types) == 0 {
		maps.Copy(n.Types, part.Types)
	}
	if len(part.Types) > 0 {
		maps.DeleteFunc(n.Types, func(name string, _ bool) bool { return !part.Types[name] })
	}

	for name, value := range part.Attrs {
		n.Attrs[name] = stricter(name, n.Attrs[name], value)
	}

	for name, c := range part.Children {
		own := n.Children[name]
		switch {
		case own == nil:
			n.Children[name] = c
		case name == "enum":
			maps.DeleteFunc(own.Attrs, func(value, _ string) bool { return c.Attrs[value] == "" })
		default:
			own.merge(c.node)
		}
	}
	n.Alternatives = append(n.Alternatives, part.Alternatives...)
}

// stricter returns the value of a keyword that two parts of allOf have: the
// tighter limit, or both values if they differ.
func stricter(keyword, a, b string) string {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	isNumber := errX == nil && errY == nil
	switch {
	case a == "" || a == b:
		return b
	case isNumber && strings.HasPrefix(keyword, "min"):
		return scalar(max(x, y))
	case isNumber && strings.HasPrefix(keyword, "max"):
		return scalar(min(x, y))
	}
	return min(a, b) + " and " + max(a, b)
}

// choose adds the alternatives of anyOf or oneOf. If a value's type says which
// one applies, they are the same as one schema with several types.
func (n *node) choose(keyword string, alternatives []*node) {
	var others []*node // than null
	united := newNode()
	distinct := true
	for _, alternative := range alternatives {
		isNull := len(alternative.Types) == 1 && alternative.Types["null"]
		if isNull || alternative.Attrs["nullable"] != "" {
			n.Attrs["nullable"] = "yes"
			delete(alternative.Attrs, "nullable")
		}
		if isNull {
			continue
		}
		others = append(others, alternative)
		distinct = united.unite(alternative) && distinct
	}

	switch {
	case len(others) == 1:
		n.merge(others[0])
	case distinct && len(n.Types) == 0:
		n.merge(united)
	default:
		for _, alternative := range others {
			n.Alternatives = append(n.Alternatives, &child{keyword, alternative})
		}
	}
}

// unite adds an alternative for other types than those of n. It reports whether
// its keywords can be told from those of n.
func (n *node) unite(alternative *node) (distinct bool) {
	distinct = len(alternative.Types) > 0 && len(alternative.Alternatives) == 0
	for name := range alternative.Types {
		distinct = distinct && !n.Types[name]
		n.Types[name] = true
	}
	for name, value := range alternative.Attrs {
		distinct = distinct && n.Attrs[name] == ""
		n.Attrs[name] = value
	}
	for name, c := range alternative.Children {
		distinct = distinct && n.Children[name] == nil
		n.Children[name] = c
	}
	return distinct
}

// attribute records the value of a keyword. An absent flag is false, and an absent
// lower limit of a length is 0.
func (n *node) attribute(word string, value any) {
	falseIsAbsent := word != "default" && word != "explode" && word != "additionalProperties"
	switch {
	case value == nil:
	case slices.Contains([]string{"allOf", "anyOf", "oneOf"}, word): // see compose
	case word == "required" && list(value) != nil:
	case word == "additionalProperties" && value == true:
	case value == false && falseIsAbsent && !strings.HasPrefix(word, "unevaluated"):
	case value == 0 && strings.HasPrefix(word, "min") && word != "minimum":
	case value == true && word != "default":
		n.Attrs[word] = "yes"
	default:
		n.Attrs[word] = scalar(value)
	}
}

// equal reports whether two nodes describe the same.
func (n *node) equal(other *node) bool {
	a, errA := json.Marshal(n)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && string(a) == string(b)
}

// scalar returns v on one line. Text that could be taken for another JSON value,
// such as "true" or "", is quoted.
func scalar(v any) string {
	if s, ok := v.(string); ok && s != "" && !json.Valid([]byte(s)) {
		return s
	}
	encoded, err := json.Marshal(v)
	if err != nil { // NaN, infinity, or keys that are not strings
		return fmt.Sprintf("(%T)", v)
	}
	return string(encoded)
}
