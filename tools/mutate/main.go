// Command mutate changes the code of packages in small ways, one at a time, and
// lists the changes that no test of the package notices. The arguments are
// directories of packages, or files. It exits with status 1 if a package is below its share.
//
// Changes that do not change what the code does are in equivalent.txt, with the
// reason. A change that does not compile is not counted.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// least is the percentage of changes that the tests of a package have to notice.
const least = 95

var defaultPackages = []string{
	"errors", "facade", "vaulttest", "vaulttest/internal/hosted",
	"tools/drift", "examples/webapp", "examples/mock-vault",
}

// equivalents has a line for each change that changes nothing: as it is printed, but
// without the number of the line, a tab, and the reason.
//
//go:embed equivalent.txt
var equivalents string

func main() {
	log.SetFlags(0)
	packages := os.Args[1:]
	if len(packages) == 0 {
		packages = defaultPackages
	}

	table := "\n| package | noticed | not noticed | equivalent | |\n| --- | ---: | ---: | ---: | ---: |\n"
	status := 0
	for _, name := range packages {
		r := mutatePackage("..", filepath.Clean(name)) // the program runs in tools
		share := 100 * float64(r.killed) / float64(max(r.killed+r.survived, 1))
		if share < least {
			status = 1
		}
		table += fmt.Sprintf("| %s | %d | %d | %d | %.1f %% |\n", name, r.killed, r.survived, r.equivalent, share)
	}
	fmt.Print(table)
	os.Exit(status)
}

type result struct{ killed, survived, equivalent int }

// mutatePackage tests a package with each change of its files, or of one file.
func mutatePackage(root, dir string) (r result) {
	pattern := filepath.Join(root, dir, "*.go")
	if strings.HasSuffix(dir, ".go") {
		pattern = filepath.Join(root, dir)
		dir = filepath.Dir(dir)
	}

	tests := strings.TrimSuffix(filepath.Join(root, dir), "/internal/hosted") // vaulttest tests it
	passed, output := test(tests, "-timeout=10m")
	if !passed {
		log.Fatalf("the tests in %s fail without a change:\n%s", tests, output)
	}
	start := time.Now()
	test(tests, "-count=1") // built by now
	timeout := fmt.Sprintf("-timeout=%v", 3*time.Since(start)+5*time.Second)

	files, err := filepath.Glob(pattern)
	check(err)

	var workers sync.WaitGroup
	var mu sync.Mutex // guards r
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, ".gen.go") {
			continue
		}
		source, err := os.ReadFile(file)
		check(err)
		name := filepath.Join(dir, filepath.Base(file))

		for _, m := range mutations(source) {
			if strings.Contains(equivalents, fmt.Sprintf("\n%s: %s\t", name, m)) {
				r.equivalent++
				continue
			}

			free <- struct{}{}
			workers.Go(func() {
				defer func() { <-free }()
				passed, output := testChanged(tests, file, m.apply(source), timeout)

				mu.Lock()
				defer mu.Unlock()
				switch {
				case passed:
					fmt.Printf("%s:%d: %s\n", name, m.line, m)
					r.survived++
				case !bytes.Contains(output, []byte(" [build failed]")):
					r.killed++
				}
			})
		}
	}
	workers.Wait()
	return r
}

// testChanged runs the tests in dir with other code in file.
func testChanged(dir, file string, code []byte, timeout string) (passed bool, output []byte) {
	temp, err := os.MkdirTemp("", "mutate-")
	check(err)
	defer os.RemoveAll(temp)

	original, err := filepath.Abs(file)
	check(err)
	overlay, changed := filepath.Join(temp, "overlay.json"), filepath.Join(temp, "changed.go")
	check(os.WriteFile(changed, code, 0o600))
	check(os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace": {%q: %q}}`, original, changed), 0o600))
	return test(dir, timeout, "-overlay="+overlay)
}

// test runs the tests in dir.
func test(dir string, flags ...string) (passed bool, output []byte) {
	cmd := exec.Command("go", append([]string{"test", "-vet=off", "-failfast", "-short"}, flags...)...)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	return err == nil, output
}

func check(err error) {
	if err != nil {
		log.Fatal("mutate: ", err)
	}
}
