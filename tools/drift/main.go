// Command drift compares each operation of openapi.yaml with the vendor's
// description of it and prints the differences. Run it with
// `make drift UPSTREAM=<file or URL>`.
//
// The exit status is 0 if intended.yaml lists every difference, 1 if it does not,
// 2 if a file cannot be read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	ours := flag.String("ours", "../openapi.yaml", "our description, a `file`")
	upstream := flag.String("upstream", "", "the vendor's description, a `file or URL`")
	list := flag.String("intended", "drift/intended.yaml", "the intended differences, a `file`")
	flag.Parse()
	os.Exit(run(os.Stdout, os.Stderr, *ours, *upstream, *list))
}

func run(stdout, stderr io.Writer, ours, upstream, list string) int {
	fail := func(err error) int {
		fmt.Fprintln(stderr, "drift:", err)
		return 2
	}
	if upstream == "" {
		return fail(errors.New("no upstream description: run make drift UPSTREAM=<file or URL>"))
	}
	our, err := load(ours)
	if err != nil {
		return fail(err)
	}
	their, err := load(upstream)
	if err != nil {
		return fail(err)
	}
	intended, err := loadIntended(list)
	if err != nil {
		return fail(err)
	}
	rows, err := differences(their, our)
	if err != nil {
		return fail(err)
	}
	open := report(stdout, rows, intended)
	fmt.Fprintf(stdout, "upstream is version %s, ours follows %s\n", version(their), version(our))
	if open > 0 {
		return 1
	}
	return 0
}

// differences compares each of our operations with upstream's.
func differences(their, our document) ([]row, error) {
	ours := our.operations()
	if len(ours) == 0 {
		return nil, errors.New("our description has no operations")
	}
	var all []row
	for _, o := range ours {
		rows, err := compareOperation(their, our, o)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.operation = o.name()
			all = append(all, r)
		}
	}
	return all, nil
}

func compareOperation(their, our document, o operation) ([]row, error) {
	counterpart, ok := their.find(o)
	if !ok {
		return []row{{where: "operation", what: "path", upstream: their.candidates(o), ours: o.name()}}, nil
	}
	theirTree, err := their.describe(counterpart)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	ourTree, err := our.describe(o)
	if err != nil {
		return nil, fmt.Errorf("ours: %w", err)
	}
	var rows []row
	compare(&rows, "operation", theirTree, ourTree)
	return rows, nil
}
