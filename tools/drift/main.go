// Command drift compares openapi.yaml with the vendor's description of the same
// operation and prints what one has and the other lacks. Run it with
// `make drift UPSTREAM=<file or URL>`.
//
// Exit status: 0 no difference, or only those of intended.yaml; 1 a difference
// that matters; 2 one of the files cannot be read.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

// The one operation that the library has.
const (
	operationMethod = "post"
	operationPath   = "/vault/sessions"
	operationID     = "sessionsCreate"
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
		return fail(fmt.Errorf("name the vendor's description: make drift UPSTREAM=<file or URL>"))
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

// differences describes the operation in both documents and compares.
func differences(their, our document) ([]row, error) {
	ourOperation, ok := our.find()
	if !ok {
		return nil, fmt.Errorf("our description has no %s", operationPath)
	}
	theirOperation, ok := their.find()
	if !ok {
		return []row{{where: "operation", what: "path", upstream: their.candidates(), ours: ourOperation.name()}}, nil
	}
	theirTree, err := their.describe(theirOperation)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	ourTree, err := our.describe(ourOperation)
	if err != nil {
		return nil, fmt.Errorf("ours: %w", err)
	}
	var rows []row
	compare(&rows, "operation", theirTree, ourTree)
	return rows, nil
}
