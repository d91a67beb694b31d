package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/go-openapi/jsonpointer"
	"github.com/oasdiff/yaml"
)

// document is an OpenAPI description as decoded from YAML. Any part of it may be
// absent or have an unexpected type.
type document map[string]any

// load reads a description, YAML or JSON, from a file or a URL.
func load(source string) (document, error) {
	text, err := read(source)
	if err != nil {
		return nil, err
	}
	doc, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return doc, nil
}

func read(source string) ([]byte, error) {
	if !strings.Contains(source, "://") {
		return os.ReadFile(source)
	}
	resp, err := http.Get(source)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", source, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func parse(text []byte) (doc document, err error) {
	_, err = yaml.Unmarshal(text, &doc, yaml.DecodeOpts{DisableTimestamps: true})
	if err != nil {
		return nil, err
	}
	if version, _ := doc["openapi"].(string); !strings.HasPrefix(version, "3.") {
		return nil, errors.New("not a description in OpenAPI 3")
	}
	return doc, nil
}

// version returns the version of the described API.
func (d document) version() any { return object(d["info"])["version"] }

// expand returns v with what its references refer to. Keywords beside a reference
// apply too, as in OpenAPI 3.1. above lists the references that led to v.
func (d document) expand(v any, above []string) any {
	if values := list(v); values != nil {
		expanded := make([]any, len(values))
		for i, value := range values {
			expanded[i] = d.expand(value, above)
		}
		return expanded
	}
	fields := object(v)
	if fields == nil {
		return v
	}

	expanded := map[string]any{}
	if ref, isRef := fields["$ref"].(string); isRef {
		if slices.Contains(above, ref) {
			return map[string]any{"type": "recursive"}
		}
		target := object(d.expand(d.lookup(ref), append(slices.Clip(above), ref)))
		if target == nil {
			target = map[string]any{"problem": "reference " + ref + " cannot be resolved"}
		}
		maps.Copy(expanded, target)
	}
	for word, value := range fields {
		expanded[word] = d.expand(value, above)
	}
	return expanded
}

// lookup returns what a reference in the document refers to, or nil.
func (d document) lookup(ref string) any {
	pointer, err := jsonpointer.New(strings.TrimPrefix(ref, "#"))
	if err != nil {
		return nil
	}
	target, _, err := pointer.Get(map[string]any(d))
	if err != nil {
		return nil
	}
	return target
}

func object(v any) map[string]any {
	fields, _ := v.(map[string]any)
	return fields
}

func list(v any) []any {
	values, _ := v.([]any)
	return values
}
