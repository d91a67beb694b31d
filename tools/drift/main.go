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
	open, err := run(os.Stdout, *ours, *upstream, *list)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(2)
	case open > 0:
		os.Exit(1)
	}
}

// run prints the differences and returns how many of them are not intended.
func run(w io.Writer, ours, upstream, list string) (open int, err error) {
	if upstream == "" {
		return 0, errors.New("no upstream description: run make drift UPSTREAM=<file or URL>")
	}
	our, errOurs := load(ours)
	their, errTheirs := load(upstream)
	intended, errList := loadIntended(list)
	if err := errors.Join(errOurs, errTheirs, errList); err != nil {
		return 0, err
	}
	rows, err := differences(their, our)
	if err != nil {
		return 0, err
	}
	open = report(w, rows, intended)
	fmt.Fprintf(w, "upstream is version %s, ours follows %s\n", version(their), version(our))
	return open, nil
}

// differences compares each of our operations with upstream's.
func differences(their, our document) ([]row, error) {
	ours := our.operations()
	if len(ours) == 0 {
		return nil, errors.New("our description has no operations")
	}
	var all []row
	for _, o := range ours {
		c := comparison{operation: o.name()}
		counterpart, ok := their.find(o)
		if !ok {
			c.add("operation", "path", absent, o.name())
			all = append(all, c.rows...)
			continue
		}

		theirTree, errTheirs := their.describe(counterpart)
		ourTree, errOurs := our.describe(o)
		if err := errors.Join(errTheirs, errOurs); err != nil {
			return nil, err
		}
		c.compare("operation", theirTree, ourTree)
		all = append(all, c.rows...)
	}
	return all, nil
}
