// Command summary reads the output of go test -json and prints what go test prints
// without that flag. Its last line says what did not run: the skipped tests with
// their reasons, and the arguments.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

func main() {
	notRun := summarize(os.Stdin, os.Stdout)
	notRun = append(notRun, os.Args[1:]...)
	fmt.Println("not run: " + strings.Join(notRun, ", "))
}

// event is a line of the output of go test -json. Test is empty if it is about the
// package.
type event struct {
	Action, Package, Test, Output string
}

// summarize returns a line for each package and reason for which tests were skipped.
func summarize(input io.Reader, output io.Writer) (skipped []string) {
	logs := map[string][]event{} // output of packages and their unfinished or failed tests

	lines := bufio.NewReader(input)
	for line, err := lines.ReadString('\n'); err == nil; line, err = lines.ReadString('\n') {
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			fmt.Fprint(output, line)
			continue
		}

		log := logs[e.Package]
		isFinished := e.Action == "pass" || e.Action == "skip"
		switch {
		case e.Action == "build-output":
			fmt.Fprint(output, e.Output)
		case e.Action == "output" && !strings.HasPrefix(e.Output, "=== "): // its progress
			logs[e.Package] = append(log, e)
		case isFinished && e.Test == "":
			fmt.Fprint(output, log[len(log)-1].Output)
		case isFinished:
			if e.Action == "skip" {
				skipped = append(skipped, fmt.Sprintf("tests of %s (%s)", path.Base(e.Package), reason(log, e.Test)))
			}
			logs[e.Package] = slices.DeleteFunc(log, func(o event) bool { return o.Test == e.Test })
		case e.Action == "fail" && e.Test == "":
			for _, o := range log {
				fmt.Fprint(output, o.Output)
			}
		}
	}
	slices.Sort(skipped)
	return slices.Compact(skipped)
}

// reason returns what a skipped test logged: "    file_test.go:1: reason".
func reason(log []event, test string) string {
	for _, e := range log {
		if _, text, found := strings.Cut(e.Output, "_test.go:"); found && e.Test == test {
			_, text, _ = strings.Cut(strings.TrimSpace(text), ": ")
			return text
		}
	}
	return "no reason"
}
