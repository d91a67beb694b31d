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

// everyOperation is the section of intended.yaml that holds for each operation.
const everyOperation = "*"

// intention is an intended difference. It includes both values, so that the row
// is reported again when either side changes.
type intention struct {
	row
	why  string
	used bool
}

func (i *intention) covers(r row) bool {
	if i.operation == everyOperation {
		r.operation = everyOperation
	}
	return i.row == r
}

// cannotOccur reports whether r says that upstream lacks the intention's operation.
func (i *intention) cannotOccur(r row) bool {
	concerns := i.operation == r.operation || i.operation == everyOperation
	return concerns && r.what == "path" && r.upstream == absent
}

// loadIntended reads the list of intended differences. Each entry needs a reason,
// so that a later reader can tell whether it still applies.
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
