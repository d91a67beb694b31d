// Command summary reads the output of go test -json and prints what go test would
// print without that flag. Its last line says which tests did not run, why, and how
// to run them. The arguments are other things that did not run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// targets are the tests that `make test` leaves out, and what they need.
var targets = []struct {
	name     string
	programs []string
}{
	{name: "browser", programs: []string{"chromium", "npm"}},
	{name: "infra", programs: []string{"nginx", "haproxy", "tinyproxy"}},
	{name: "clients", programs: []string{"node", "npm"}},
	{name: "check"},
}

func main() {
	notRun := summarize(os.Stdin, os.Stdout)
	notRun = append(notRun, os.Args[1:]...)

	for _, target := range targets {
		reason := "make " + target.name
		missing := slices.DeleteFunc(slices.Clone(target.programs), installed)
		if len(missing) > 0 {
			reason = "no " + strings.Join(missing, ", no ") + "; " + reason
		}
		notRun = append(notRun, target.name+" ("+reason+")")
	}
	fmt.Println("not run: " + strings.Join(notRun, ", "))
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// event is a line of the output of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// key is a test or subtest of a package, or the package itself.
type key struct{ pkg, test string }

// summarize prints the result of each package and the output of failed tests. It
// returns a line for each package and reason with the number of skipped tests.
func summarize(input io.Reader, output io.Writer) (skipped []string) {
	logs := map[key]string{} // of packages and tests that have not finished
	skips := map[key]int{}   // by package and reason

	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}

		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			fmt.Fprint(output, line)
			continue
		}

		k := key{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(output, e.Output)
		case "output":
			if !strings.HasPrefix(e.Output, "=== ") { // its progress
				logs[k] += e.Output
			}
		case "pass":
			if e.Test == "" {
				fmt.Fprint(output, lastLine(logs[k]))
			}
			delete(logs, k)
		case "skip":
			if e.Test != "" {
				skips[key{e.Package, reason(logs[k])}]++
			}
			delete(logs, k)
		case "fail":
			if e.Test == "" {
				printUnfinished(output, logs, e.Package)
			}
			fmt.Fprint(output, logs[k])
			delete(logs, k)
		}
	}

	for skip, n := range skips {
		tests := "tests"
		if n == 1 {
			tests = "test"
		}
		skipped = append(skipped, fmt.Sprintf("%d %s of %s (%s)", n, tests, path.Base(skip.pkg), skip.test))
	}
	slices.Sort(skipped)
	return skipped
}

// printUnfinished prints the output of tests that have no result because the test
// program of their package crashed.
func printUnfinished(output io.Writer, logs map[key]string, pkg string) {
	for k, log := range logs {
		if k.pkg == pkg && k.test != "" {
			fmt.Fprint(output, log)
			delete(logs, k)
		}
	}
}

// reason returns what a skipped test logged: "    file_test.go:1: reason".
func reason(log string) string {
	_, text, _ := strings.Cut(log, "_test.go:")
	_, text, _ = strings.Cut(text, ": ")
	text, _, _ = strings.Cut(text, "\n")
	return text
}

func lastLine(text string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1] + "\n"
}
