package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// operation is an operation of a document.
type operation struct {
	method, path string
	item, fields map[string]any
}

func (o operation) name() string { return strings.ToUpper(o.method) + " " + o.path }

// find returns the operation with the name of wanted, or else with its
// operationId: either may have been renamed.
func (d document) find(wanted operation) (operation, bool) {
	all := d.operations()
	for _, o := range all {
		if o.name() == wanted.name() {
			return o, true
		}
	}
	for _, o := range all {
		if id := text(o.fields["operationId"]); id != "" && id == text(wanted.fields["operationId"]) {
			return o, true
		}
	}
	return operation{}, false
}

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

// candidates lists the operations that wanted may have become.
func (d document) candidates(wanted operation) string {
	word := ""
	for part := range strings.SplitSeq(wanted.path, "/") {
		if part != "" && !strings.HasPrefix(part, "{") {
			word = strings.TrimSuffix(strings.ToLower(part), "s")
		}
	}
	var near []string
	for _, o := range d.operations() {
		if strings.Contains(strings.ToLower(o.path+text(o.fields["operationId"])), word) {
			near = append(near, strings.TrimSpace(o.name()+" "+text(o.fields["operationId"])))
		}
	}
	if len(near) == 0 {
		return fmt.Sprintf(absentOperation+"; no similar operation among %d", len(d.operations()))
	}
	return absentOperation + "; perhaps now " + strings.Join(near, ", ")
}

// describe returns the operation as a tree.
func (d document) describe(o operation) (*node, error) {
	w := &walker{doc: d, budget: 20_000}
	root := newNode()
	root.attrs["path"] = o.name()
	root.attrs["operationId"] = text(o.fields["operationId"])
	root.flag(o.fields, "deprecated")
	if o.fields["callbacks"] != nil {
		root.attrs["callbacks"] = scalar(o.fields["callbacks"])
	}

	servers := list(o.fields["servers"])
	for _, wider := range []any{o.item["servers"], d["servers"]} {
		if len(servers) == 0 {
			servers = list(wider)
		}
	}
	for _, server := range servers {
		root.add("server", strings.TrimSuffix(scalar(object(server)["url"]), "/"))
	}
	w.security(root, o.fields)

	for _, p := range slices.Concat(list(o.item["parameters"]), list(o.fields["parameters"])) {
		w.parameter(root, p)
	}
	if o.fields["requestBody"] != nil {
		body, _ := d.resolve(o.fields["requestBody"])
		request := root.child("request body", "request")
		request.flag(body, "required")
		w.content(request, body)
	}
	responses := object(o.fields["responses"])
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		response, problem := d.resolve(responses[status])
		n := root.child("response "+status, "response "+status)
		n.problem(problem)
		w.content(n, response)
		headers := object(response["headers"])
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			header, _ := d.resolve(headers[name])
			n.put("header "+name, name, w.schema(header["schema"], nil))
		}
	}
	if w.budget <= 0 {
		return nil, fmt.Errorf("%s: the schemas refer to each other too often to compare", o.name())
	}
	return root, nil
}

// security adds each way to authenticate, described by what is sent.
func (w *walker) security(root *node, operation map[string]any) {
	requirements, own := operation["security"]
	if !own {
		requirements = w.doc["security"]
	}
	schemes := object(object(w.doc["components"])["securitySchemes"])
	for _, requirement := range list(requirements) {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(object(requirement))) {
			scheme, problem := w.doc.resolve(schemes[name])
			part := strings.Join(strings.Fields(strings.Join([]string{
				text(scheme["type"]), text(scheme["scheme"]), text(scheme["in"]), text(scheme["name"])}, " ")), " ")
			if part == "" {
				part = "undefined " + problem
			}
			parts = append(parts, name+" ("+strings.TrimSpace(part)+")")
		}
		if len(parts) == 0 {
			parts = []string{"none"}
		}
		root.add("security", strings.Join(parts, " and "))
	}
}

func (w *walker) parameter(root *node, v any) {
	p, problem := w.doc.resolve(v)
	name, in := text(p["name"]), text(p["in"])
	if in == "header" {
		name = strings.ToLower(name) // header names are case-insensitive
	}
	label := strings.TrimSpace(in + " " + name)
	if label == "" {
		label = "unreadable parameter"
	}
	schema := p["schema"]
	for _, media := range object(p["content"]) {
		schema = object(media)["schema"]
	}
	n := w.schema(schema, nil)
	n.problem(problem)
	n.flag(p, "required")
	n.flag(p, "deprecated")
	root.put("parameter "+label, label, n)
}

// content adds the schema of each media type.
func (w *walker) content(n *node, holder map[string]any) {
	media := object(holder["content"])
	for _, name := range slices.Sorted(maps.Keys(media)) {
		label := name
		if name == "application/json" {
			label = "" // the usual one is not mentioned
		}
		body, _ := w.doc.resolve(media[name])
		n.put("media type "+name, label, w.schema(body["schema"], nil))
	}
}
