package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"
)

// loadIntended reads the list of intended differences. An entry without a
// reason is an error: the next reader could not tell whether it still holds.
func loadIntended(file string) ([]*intention, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []*intention
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, entry := range all {
		if entry == nil || slices.Contains([]string{entry.Where, entry.What, entry.Upstream, entry.Ours, entry.Why}, "") {
			return nil, fmt.Errorf("%s: entry %d needs where, what, upstream, ours and why", file, i+1)
		}
		if _, err := path.Match(entry.Where, ""); err != nil {
			return nil, fmt.Errorf("%s: entry %d: where: %w", file, i+1, err)
		}
	}
	return all, nil
}
