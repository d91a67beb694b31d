package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSize limits a download. The vendor's description has 220 KB.
const maxSize = 16 << 20

// load reads a description, YAML or JSON, from a file or a URL.
func load(source string) (document, error) {
	text, err := read(source)
	if err != nil {
		return nil, err
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("%s: not YAML: %s", source, strings.Join(strings.Fields(err.Error()), " "))
	}
	doc := object(value)
	if version := fmt.Sprint(doc["openapi"]); !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf("%s: not a description in OpenAPI 3", source)
	}
	return doc, nil
}

func read(source string) ([]byte, error) {
	if !strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "http://") {
		return os.ReadFile(source)
	}
	client := &http.Client{Timeout: time.Minute}
	resp, err := client.Get(source)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", source, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxSize))
}

// version returns the version of the described API.
func version(doc document) string {
	return cmp.Or(fmt.Sprint(object(doc["info"])["version"]), "unknown")
}

// object returns v as an object, or nil. YAML keys need not be strings: an
// unquoted status is a number.
func object(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case map[any]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			object[fmt.Sprint(key)] = value
		}
		return object
	}
	return nil
}

func list(v any) []any {
	values, _ := v.([]any)
	return values
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
