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
	"maps"
	"os"
	"slices"
)

func main() {
	upstream := flag.String("upstream", "", "the vendor's description, a `file or URL`")
	flag.Parse()
	open, err := run(os.Stdout, "../openapi.yaml", *upstream, "drift/intended.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(2)
	}
	if open > 0 {
		os.Exit(1)
	}
}

// run prints the differences and returns how many of them are not intended.
func run(w io.Writer, ours, upstream, list string) (open int, err error) {
	our, errOurs := load(ours)
	their, errTheirs := load(upstream)
	intended, errList := loadIntended(list)
	if err := errors.Join(errOurs, errTheirs, errList); err != nil {
		return 0, err
	}
	open = report(w, differences(their, our), intended)
	fmt.Fprintf(w, "upstream is version %s, ours follows %s\n", their.version(), our.version())
	return open, nil
}

// differences compares each of our operations with upstream's.
func differences(theirs, ours document) []row {
	upstream := theirs.operations()
	operations := ours.operations()
	var all []row
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		c := comparison{operation: name}
		if upstream[name] == nil {
			c.add("", "path", absent, name)
		} else {
			c.compare("", upstream[name], operations[name])
		}
		all = append(all, c.rows...)
	}
	return all
}
