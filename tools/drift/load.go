package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSize limits the size of a description. The vendor's is 220 KB.
const maxSize = 16 << 20

// document is an OpenAPI description as decoded from YAML. Any part of it may be
// absent or have an unexpected type.
type document map[string]any

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
	var reader io.Reader
	if strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://") {
		client := &http.Client{Timeout: time.Minute}
		resp, err := client.Get(source)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", source, resp.Status)
		}
		reader = resp.Body
	} else {
		file, err := os.Open(source)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		reader = file
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxSize+1))
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("%s: more than %d MiB", source, maxSize>>20)
	}
	return text, err
}

// parse decodes a description from YAML or JSON.
func parse(text []byte) (doc document, err error) {
	defer func() { // the text is untrusted, and the decoder may panic
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML: %v", r)
		}
	}()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("not YAML: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	doc = object(value)
	version := scalar(doc["openapi"])
	switch {
	case doc == nil:
		return nil, errors.New("not an OpenAPI description: it is not an object")
	case strings.HasPrefix(version, "3."):
		return doc, nil
	case doc["swagger"] != nil:
		return nil, fmt.Errorf("must be OpenAPI 3, not Swagger %s: convert it first", scalar(doc["swagger"]))
	case version == "":
		return nil, errors.New("not an OpenAPI description: no version (openapi: 3.x)")
	}
	return nil, fmt.Errorf("must be OpenAPI 3, not OpenAPI %s", version)
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

func version(doc document) string {
	return cmp.Or(scalar(object(doc["info"])["version"]), "unknown")
}
