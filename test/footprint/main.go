//go:build unix

// Command footprint measures what importing the library costs a program: the
// time and memory of a cold build, the size of the binary, and init work, each
// beside the same program on bare net/http and encoding/json. It prints a
// Markdown table and exits with 1 when a target is missed.
//
// A cold build has the standard library in its cache and nothing else. The two
// sides are built in turns, and the best of each counts.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

var (
	//go:embed testdata/sdk.go.txt
	sdkSource string
	//go:embed testdata/bare.go.txt
	bareSource string
)

const (
	maxBuildRatio = 1.3
	maxExtraSize  = 350 << 10
)

func main() {
	rounds := flag.Int("rounds", 5, "cold builds of each side")
	flag.Parse()
	missed, err := measure(*rounds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "footprint:", err)
		os.Exit(2)
	}
	if missed > 0 {
		os.Exit(1)
	}
}

func measure(rounds int) (missed int, err error) {
	dir, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	sdk, err := newProgram(filepath.Join(dir, "sdk"), sdkSource)
	if err != nil {
		return 0, err
	}
	bare, err := newProgram(filepath.Join(dir, "bare"), bareSource)
	if err != nil {
		return 0, err
	}
	standard := filepath.Join(dir, "standard")
	if err := sdk.buildStandardLibrary(standard); err != nil {
		return 0, err
	}
	var costs [2]cost
	for round := range rounds {
		for i, p := range []program{sdk, bare} {
			cache := filepath.Join(dir, "cache")
			if err := linkTree(standard, cache); err != nil {
				return 0, err
			}
			c, err := p.build("GOCACHE=" + cache)
			if err != nil {
				return 0, err
			}
			if round == 0 {
				costs[i] = c
			}
			costs[i] = costs[i].best(c)
			if err := os.RemoveAll(cache); err != nil {
				return 0, err
			}
		}
	}

	fmt.Printf("Best of %d cold builds each, %s, %s/%s, %d processors, %s.\n\n", rounds, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	fmt.Printf("| | this library | bare net/http | | wanted | |\n| --- | ---: | ---: | ---: | ---: | --- |\n")
	row := func(name, a, b string, got float64, format string, limit float64) {
		verdict := "PASS"
		if limit == 0 {
			verdict = ""
		} else if !(got <= limit) {
			verdict = "FAIL"
			missed++
		}
		wanted := ""
		if limit != 0 {
			wanted = "≤ " + fmt.Sprintf(format, limit)
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", name, a, b, fmt.Sprintf(format, got), wanted, verdict)
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
	a, b := costs[0], costs[1]
	row("cold build, time", seconds(a.wall), seconds(b.wall), float64(a.wall)/float64(b.wall), "%.2f", maxBuildRatio)
	row("cold build, CPU time", seconds(a.cpu), seconds(b.cpu), float64(a.cpu)/float64(b.cpu), "%.2f", 0)
	row("cold build, peak memory of a process", fmt.Sprintf("%d MB", a.memory>>20), fmt.Sprintf("%d MB", b.memory>>20), float64(a.memory)/float64(b.memory), "%.2f", maxBuildRatio)
	for _, flags := range []string{"-ldflags=-s -w", "-ldflags="} {
		var size [2]int64
		for i, p := range []program{sdk, bare} {
			if size[i], err = p.size(flags); err != nil {
				return 0, err
			}
		}
		name, limit := "binary without debug information", float64(maxExtraSize>>10)
		if flags == "-ldflags=" {
			name, limit = "binary with debug information", 0
		}
		kib := func(n int64) string { return fmt.Sprintf("%d KiB", n>>10) }
		row(name, kib(size[0]), kib(size[1]), float64(size[0]-size[1])/1024, "%.0f KiB", limit)
	}
	own, theirs, err := sdk.initWork()
	if err != nil {
		return 0, err
	}
	verdict := "PASS"
	if len(own) > 0 {
		verdict = "FAIL"
		missed++
	}
	fmt.Printf("| packages of the library with init work | %d | | | 0 | %s |\n", len(own), verdict)
	fmt.Printf("| packages of its dependencies with init work | %d | | | | |\n", len(theirs))
	return missed, nil
}

// cost is what one build took.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // bytes, of the largest process
}

func (c cost) best(other cost) cost {
	return cost{min(c.wall, other.wall), min(c.cpu, other.cpu), min(c.memory, other.memory)}
}

// program is a module with one main package.
type program struct{ dir string }

func newProgram(dir, source string) (program, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return program{}, err
	}
	module := "module program\n\ngo 1.26.0\n"
	const path = "github.com/apideck-community/vault-go"
	if strings.Contains(source, path) {
		module += "\nrequire " + path + " v0.0.0\n\nreplace " + path + " => " + root + "\n"
	}
	p := program{dir}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return p, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		return p, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o600); err != nil {
		return p, err
	}
	_, _, err = p.run(nil, "mod", "tidy")
	return p, err
}

// run runs the go command in the program's module.
func (p program) run(env []string, args ...string) (string, *os.ProcessState, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), "GOWORK=off", "GOFLAGS="), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), cmd.ProcessState, err
}

func (p program) build(env ...string) (cost, error) {
	binary := filepath.Join(p.dir, "program")
	os.Remove(binary) // one that is up to date would not be linked again
	start := time.Now()
	_, state, err := p.run(env, "build", "-o", binary, ".")
	if err != nil {
		return cost{}, err
	}
	c := cost{wall: time.Since(start), cpu: state.UserTime() + state.SystemTime()}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		c.memory = int64(usage.Maxrss) // of the largest process that the build waited for
		if runtime.GOOS == "linux" {
			c.memory <<= 10 // kilobytes there, bytes elsewhere
		}
	}
	return c, nil
}

// buildStandardLibrary fills a build cache with the part of the standard
// library that p needs.
func (p program) buildStandardLibrary(cache string) error {
	out, _, err := p.run(nil, "list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}", ".")
	if err != nil {
		return err
	}
	_, _, err = p.run([]string{"GOCACHE=" + cache}, append([]string{"build"}, strings.Fields(out)...)...)
	return err
}

// size returns the size of the binary in bytes.
func (p program) size(flags string) (int64, error) {
	binary := filepath.Join(p.dir, "program")
	if _, _, err := p.run(nil, "build", flags, "-o", binary, "."); err != nil {
		return 0, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// initWork returns the packages outside the standard library that do something
// before main: those of this library, and those of its dependencies.
func (p program) initWork() (own, theirs []string, err error) {
	binary := filepath.Join(p.dir, "program")
	if _, err := p.size("-ldflags="); err != nil {
		return nil, nil, err
	}
	out, _, err := p.run(nil, "tool", "nm", binary)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		name, ok := strings.CutSuffix(fields[len(fields)-1], "..inittask")
		switch {
		case !ok:
		case strings.HasPrefix(name, "github.com/apideck-community/"):
			own = append(own, name)
		case strings.HasPrefix(name, "github.com/"): // the standard library has dots in vendored paths
			theirs = append(theirs, name)
		}
	}
	return own, theirs, nil
}

// linkTree makes a copy of a directory with hard links.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.Mkdir(target, 0o700)
		}
		return os.Link(path, target)
	})
}
