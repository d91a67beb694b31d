package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// intention is a difference that is meant. Both sides are part of it: when
// upstream changes once more, the row is printed again.
type intention struct {
	row
	why  string
	used bool
}

// loadIntended reads the list of intended differences. An entry without a
// reason is an error: the next reader could not tell whether it still holds.
func loadIntended(file string) (all []*intention, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var operations map[string][]struct{ Where, What, Upstream, Ours, Why string }
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&operations); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, operation := range slices.Sorted(maps.Keys(operations)) {
		for n, e := range operations[operation] {
			if slices.Contains([]string{e.Where, e.What, e.Upstream, e.Ours, e.Why}, "") {
				return nil, fmt.Errorf("%s: %s: entry %d needs where, what, upstream, ours and why", file, operation, n+1)
			}
			all = append(all, &intention{row: row{operation, e.Where, e.What, e.Upstream, e.Ours}, why: e.Why})
		}
	}
	return all, nil
}
