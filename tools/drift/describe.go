package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tree describes an element of a description: the operation, a body, a property.
// It has a text for a keyword, such as "default", and a tree for an element in it,
// such as ".name" or "[]". Equivalent descriptions yield the same tree.
type tree map[string]any

// notOnTheWire are the keywords that are not compared, besides extensions.
var notOnTheWire = []string{
	"$ref", "$comment", "$id", "$schema", "$anchor", "$defs", "description", "example", "examples", "externalDocs",
	"links", "summary", "tags", "title", "xml",
}

// named are the keywords that have an element for each name, and what precedes the
// name in a location.
var named = map[string]string{
	"content": " ", "responses": " response ", "properties": ".",
	"dependentSchemas": " dependent ", "patternProperties": " pattern ",
}

// operations describes every operation by its name, such as "GET /orders".
func (d document) operations() map[string]tree {
	all := map[string]tree{}
	schemes := object(d.expand(object(d["components"])["securitySchemes"], nil))
	for path, item := range object(d["paths"]) {
		item := object(d.expand(item, nil))
		for _, method := range []string{"delete", "get", "head", "options", "patch", "post", "put", "trace"} {
			fields := maps.Clone(object(item[method]))
			if fields == nil {
				continue
			}

			fields["parameters"] = slices.Concat(list(item["parameters"]), list(fields["parameters"]))
			for _, wider := range []map[string]any{item, d} {
				for _, word := range []string{"servers", "security"} {
					if fields[word] == nil {
						fields[word] = wider[word]
					}
				}
			}
			all[strings.ToUpper(method)+" "+path] = operation(fields, schemes)
		}
	}
	return all
}

func operation(fields, schemes map[string]any) tree {
	n := element(fields)
	for _, p := range list(fields["parameters"]) {
		n.parameter(object(p))
	}
	for _, requirement := range list(fields["security"]) {
		sent := tree{}
		for name := range object(requirement) {
			sent[name] = element(object(schemes[name]))
		}
		n["security "+summary(sent)] = "true"
	}
	for _, server := range list(fields["servers"]) {
		n["server "+strings.TrimSuffix(scalar(object(server)["url"]), "/")] = "true"
	}
	return n
}

// element describes anything that has keywords: an operation, a response, a schema.
func element(fields map[string]any) tree {
	n := tree{}
	for word, value := range fields {
		isExtension := strings.HasPrefix(word, "x-")
		if value != nil && !isExtension && !slices.Contains(notOnTheWire, word) {
			n.keyword(word, value)
		}
	}

	for _, part := range list(fields["allOf"]) {
		n.merge(element(object(part)))
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		n.choose(word, list(fields[word]))
	}
	for _, name := range list(fields["required"]) {
		n.merge(tree{"." + fmt.Sprint(name): tree{"required": "true"}})
	}

	if n["type"] == nil {
		n.implyType(fields)
	}
	return n
}

// keyword adds what one keyword says.
func (n tree) keyword(word string, value any) {
	fields := object(value)
	if prefix := named[word]; prefix != "" {
		for name, v := range fields {
			n.put(prefix+name, v)
		}
		return
	}

	switch word {
	case "allOf", "anyOf", "oneOf", "parameters", "security", "servers": // added after all others
	case "headers":
		for name, v := range fields {
			n.put(" header "+strings.ToLower(name), v)
		}
	case "schema":
		n.merge(element(fields))
	case "type":
		n.addTypes(value)
	case "enum":
		n.addEnum(list(value))
	case "const":
		n.addEnum([]any{value})
	case "items":
		n.put("[]", value)
	case "additionalProperties":
		n.put("{}", value)
		if summary(n["{}"]) == "{}" { // any value, as if absent
			delete(n, "{}")
		}
	case "default":
		n[word] = scalar(value)
	case "required":
		if value == true { // of a parameter; for a list, see element
			n[word] = "true"
		}
	default:
		n.set(word, value)
	}
}

// set adds the value of a keyword, unless it says the same as an absent one.
func (n tree) set(word string, value any) {
	isFlag := !strings.HasPrefix(word, "unevaluated")
	isOff := isFlag && value == false

	isLength := strings.HasPrefix(word, "min") && word != "minimum"
	isNoLimit := isLength && value == 0.0

	switch {
	case isOff, isNoLimit:
	case object(value) != nil:
		n[" "+word] = element(object(value))
	default:
		n[word] = scalar(value)
	}
}

// put adds an element, which says nothing if its value is null or true.
func (n tree) put(name string, value any) {
	fields := object(value)
	if fields == nil && value != nil && value != true {
		n[name] = scalar(value)
		return
	}
	n[name] = element(fields)
}

// addTypes adds the value of the keyword type, which is a list in OpenAPI 3.1.
func (n tree) addTypes(value any) {
	var types []string
	for _, name := range append(list(value), value) {
		name, _ := name.(string)
		switch name {
		case "": // not a name: the list itself
		case "null":
			n["nullable"] = "true"
		default:
			types = append(types, name)
		}
	}
	if types != nil {
		n["type"] = joined(" or ", types...)
	}
}

// addEnum adds the values that are valid. Null is covered by nullable.
func (n tree) addEnum(values []any) {
	set := tree{}
	for _, v := range values {
		if v != nil {
			set[scalar(v)] = "true"
		}
	}
	n[" enum"] = set
}

// implyType adds the type that the keywords of a schema without a type imply.
func (n tree) implyType(fields map[string]any) {
	switch {
	case fields["properties"] != nil || fields["additionalProperties"] != nil:
		n["type"] = "object"
	case fields["items"] != nil:
		n["type"] = "array"
	case n[" enum"] != nil:
		n["type"] = "string"
	}
}

// merge adds a part of allOf to n: both apply.
func (n tree) merge(part tree) {
	for name, value := range part {
		own, exists := n[name]
		ours, isOurs := own.(tree)
		theirs, isTheirs := value.(tree)
		areTrees := isOurs && isTheirs
		switch {
		case !exists:
			n[name] = value
		case areTrees && name == " enum":
			maps.DeleteFunc(ours, func(v string, _ any) bool { return theirs[v] == nil })
		case areTrees:
			ours.merge(theirs)
		case summary(own) != summary(value):
			n[name] = joined(" and ", summary(own), summary(value))
		}
	}
}

// choose adds the alternatives of anyOf or oneOf.
func (n tree) choose(keyword string, schemas []any) {
	var alternatives []tree // except null
	for _, schema := range schemas {
		alternative := element(object(schema))
		isNullable := alternative["nullable"] != nil
		if isNullable {
			n["nullable"] = "true"
			delete(alternative, "nullable")
		}
		isNull := isNullable && len(alternative) == 0
		if !isNull {
			alternatives = append(alternatives, alternative)
		}
	}

	if len(alternatives) == 1 {
		n.merge(alternatives[0])
		return
	}
	if united := unite(alternatives); united != nil {
		n.merge(united)
		return
	}
	slices.SortFunc(alternatives, func(a, b tree) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for i, alternative := range alternatives {
		n[fmt.Sprintf(" %s %d", keyword, i+1)] = alternative
	}
}

// unite returns one schema with several types that is the same as the alternatives,
// or nil if the type of a value does not tell which of them applies.
func unite(alternatives []tree) tree {
	united := tree{}
	var types []string
	for _, alternative := range alternatives {
		name, _ := alternative["type"].(string)
		if name == "" || slices.Contains(types, name) {
			return nil
		}
		types = append(types, name)

		for word, value := range alternative {
			if united[word] != nil && word != "type" {
				return nil
			}
			united[word] = value
		}
	}
	if types != nil {
		united["type"] = joined(" or ", types...)
	}
	return united
}

// parameter adds a parameter, and the usual way to write its value if it says none.
func (n tree) parameter(fields map[string]any) {
	in := fmt.Sprint(fields["in"])
	name := fmt.Sprint(fields["name"])
	if in == "header" {
		name = strings.ToLower(name)
	}

	p := element(fields)
	delete(p, "in")
	delete(p, "name")
	if p["style"] == nil {
		p["style"] = "simple"
		if in == "query" || in == "cookie" {
			p["style"] = "form"
		}
	}
	if p["style"] == "form" && fields["explode"] == nil {
		p["explode"] = "true"
	}
	n[" parameter "+in+" "+name] = p
}

// summary returns the value of a keyword, or the contents of an element without
// those of its properties.
func summary(v any) string {
	if v == nil {
		return absent
	}
	fields, isTree := v.(tree)
	if !isTree {
		return fmt.Sprint(v)
	}

	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		part := strings.TrimSpace(name)
		value := summary(fields[name])
		isProperty := strings.HasPrefix(name, ".")
		if value != "true" && !isProperty {
			part += " " + value
		}
		parts = append(parts, part)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// joined returns the texts in alphabetical order.
func joined(separator string, texts ...string) string {
	slices.Sort(texts)
	return strings.Join(texts, separator)
}

// scalar returns v on one line. Text that could be taken for another JSON value,
// such as "true" or "", is quoted.
func scalar(v any) string {
	text, isText := v.(string)
	if isText && text != "" && !json.Valid([]byte(text)) {
		return text
	}
	encoded, _ := json.Marshal(v) // it was JSON
	return string(encoded)
}
