// Command breaking fails when openapi.yaml or the exported Go API changed in a
// way that breaks a user of the library, compared with an earlier commit. Run
// it with `make breaking`, from any folder of the repository.
//
// The earlier commit is -base if set, otherwise the last v* tag, otherwise the
// parent of HEAD. The exit status is 0 if nothing breaks or the changelog
// announces it, 1 if something breaks, 2 if the comparison fails.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	contractFile = "openapi.yaml"
	severityFile = "tools/breaking/severity.txt" // raises changes that oasdiff rates too low
)

func main() {
	base := flag.String("base", "", "git `ref` to compare with (default: the last tag, else the parent commit)")
	oasdiff := flag.String("oasdiff", "oasdiff", "the `program` oasdiff")
	apidiff := flag.String("apidiff", "apidiff", "the `program` apidiff")
	flag.Parse()
	root, err := git(".", "rev-parse", "--show-toplevel")
	if err != nil {
		fatal(err)
	}
	r := repository{root: root, oasdiff: *oasdiff, apidiff: *apidiff}
	against, broken, err := r.compare(*base)
	if err != nil {
		fatal(err)
	}
	if broken && !r.announced(against) {
		fmt.Println(`breaking: revert the change, or announce it under "### Breaking" in the unreleased part of CHANGELOG.md`)
		os.Exit(1)
	}
	if broken {
		fmt.Println("breaking: announced in CHANGELOG.md")
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "breaking:", err)
	os.Exit(2)
}

type repository struct{ root, oasdiff, apidiff string }

// compare prints the breaking changes. It returns the commit it compared with
// and whether there are any.
func (r repository) compare(ref string) (base string, broken bool, err error) {
	base, why, err := r.base(ref)
	if err != nil {
		return "", false, err
	}
	if base == "" {
		fmt.Println("breaking:", why)
		return "", false, nil
	}
	dir, err := os.MkdirTemp("", "breaking-")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(dir)
	old := filepath.Join(dir, "base")
	if err := r.checkOut(base, old); err != nil {
		return "", false, err
	}
	if _, err := os.Stat(filepath.Join(old, contractFile)); err != nil {
		fmt.Printf("breaking: %s has no %s, so there is nothing to compare with\n", base, contractFile)
		return base, false, nil
	}
	name, err := git(r.root, "log", "-1", "--format=%h (%s)", base)
	if err != nil {
		return "", false, err
	}
	fmt.Printf("breaking: comparing with %s\n", name)
	contract, err := r.compareContract(old)
	if err != nil {
		return "", false, err
	}
	api := false
	if r.codeChanged(base) {
		api, err = r.compareAPI(old, dir)
	}
	if err == nil && !contract && !api {
		fmt.Println("breaking: nothing breaks")
	}
	return base, contract || api, err
}

// base returns the commit to compare with, or the reason that there is none.
func (r repository) base(ref string) (base, why string, err error) {
	shallow, err := git(r.root, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", "", err
	}
	hint := ""
	if shallow == "true" {
		hint = " in this shallow clone; fetch the history (git fetch --unshallow --tags;" +
			" in actions/checkout fetch-depth: 0)"
	}
	if ref != "" {
		if _, err := git(r.root, "rev-parse", "--verify", "--quiet", ref+"^{commit}"); err != nil {
			return "", "", fmt.Errorf("%q is not a commit%s", ref, hint)
		}
		return ref, "", nil
	}
	// A clean checkout of a tag is a release: compare it with the previous one.
	head := "HEAD"
	if _, err := git(r.root, "describe", "--tags", "--exact-match", "--match", "v*"); err == nil {
		if changes, err := git(r.root, "status", "--porcelain"); err == nil && changes == "" {
			head = "HEAD^"
		}
	}
	if tag, err := git(r.root, "describe", "--tags", "--abbrev=0", "--match", "v*", head); err == nil {
		return tag, "", nil
	}
	if _, err := git(r.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return "", "no commit yet, so there is nothing to compare with", nil
	}
	parent, err := git(r.root, "rev-parse", "--verify", "--quiet", "HEAD^")
	if err != nil {
		return "", "no tag and no parent commit" + hint + ", so there is nothing to compare with", nil
	}
	return parent, "", nil
}

// checkOut writes the files of a commit into dir.
func (r repository) checkOut(commit, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	archive := filepath.Join(filepath.Dir(dir), "base.tar")
	if _, err := git(r.root, "archive", "-o", archive, commit); err != nil {
		return err
	}
	return exec.Command("tar", "-xf", archive, "-C", dir).Run()
}

func (r repository) compareContract(old string) (broken bool, err error) {
	out, stderr, err := run(r.root, r.oasdiff, "breaking",
		"--fail-on", "WARN", "--color", "never", "--format", "singleline", "--severity-levels", severityFile,
		filepath.Join(old, contractFile), filepath.Join(r.root, contractFile))
	switch {
	case err == nil:
		return false, nil
	case exitStatus(err) == 1:
		clean := strings.NewReplacer(old+"/", "the old ", r.root+"/", "")
		fmt.Printf("\n%s:\n%s\n", contractFile, strings.TrimSpace(clean.Replace(out)))
		return true, nil
	}
	return false, fmt.Errorf("oasdiff: %s", strings.TrimSpace(stderr))
}

// codeChanged reports whether any Go code differs from base. Comparing the Go
// API compiles both versions, so it is skipped if nothing changed.
func (r repository) codeChanged(base string) bool {
	_, differs := git(r.root, "diff", "--quiet", base, "--", "*.go", "go.mod", "go.sum")
	added, err := git(r.root, "ls-files", "-o", "--exclude-standard", "--", "*.go")
	return differs != nil || err != nil || added != ""
}

func (r repository) compareAPI(old, dir string) (broken bool, err error) {
	module, err := goList(old)
	if err != nil {
		fmt.Println("breaking: the old commit has no Go module; the Go API is not compared")
		return false, nil
	}
	if now, err := goList(r.root); err != nil || now != module {
		return true, errors.Join(err, fmt.Errorf("module path changed from %s to %s: every import breaks", module, now))
	}
	before, after := filepath.Join(dir, "old.api"), filepath.Join(dir, "new.api")
	if _, stderr, err := run(old, r.apidiff, "-m", "-w", before, module); err != nil {
		fmt.Printf("breaking: the old commit does not compile; the Go API is not compared (%s)\n", firstLine(stderr))
		return false, nil
	}
	if _, stderr, err := run(r.root, r.apidiff, "-m", "-w", after, module); err != nil {
		_, compiler, _ := run(r.root, "go", "build", "./...") // apidiff does not say where
		return false, fmt.Errorf("the Go code does not compile, so its API is not compared:\n%s",
			strings.TrimSpace(cmp.Or(compiler, stderr)))
	}
	out, stderr, err := run(r.root, r.apidiff, "-m", "-incompatible", before, after)
	if err != nil {
		return false, fmt.Errorf("apidiff: %s", firstLine(stderr))
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(out), "\n"), harmless)
	if len(lines) == 0 {
		return false, nil
	}
	fmt.Printf("\nGo API:\n%s\n", strings.Join(lines, "\n"))
	return true, nil
}

// harmless reports whether a line of apidiff's output can be ignored. A new
// operation adds methods to the interfaces of package gen, which only its own
// client implements. A list or map added to a struct makes it incomparable, but
// no document tells users to compare structs.
func harmless(line string) bool {
	method := strings.HasPrefix(line, "- ./gen.Client") && strings.Contains(line, "Interface.")
	return line == "" || method && strings.HasSuffix(line, ": added") ||
		strings.HasSuffix(line, ": old is comparable, new is not")
}

// announced reports whether the changelog has a "Breaking" heading newer than
// base: under Unreleased, or in the entry of the release being made.
func (r repository) announced(base string) bool {
	text, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return false
	}
	sections, empty := 0, true
	for line := range strings.Lines(string(text)) {
		switch title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#"))); {
		case strings.HasPrefix(line, "## "):
			sections++
			released := strings.HasPrefix(title, "["+strings.TrimPrefix(base, "v")+"]")
			if released || sections > 1 && !empty {
				return false
			}
		case sections == 0 || title == "":
		case strings.HasPrefix(line, "### ") && strings.HasPrefix(title, "breaking"):
			return true
		default:
			empty = false
		}
	}
	return false
}

func goList(dir string) (string, error) {
	out, stderr, err := run(dir, "go", "list", "-m")
	if err != nil {
		return "", errors.New(firstLine(stderr))
	}
	return strings.TrimSpace(out), nil
}

func git(dir string, args ...string) (string, error) {
	out, stderr, err := run(dir, "git", args...)
	if err != nil {
		return "", fmt.Errorf("git %s: %s", args[0], firstLine(stderr))
	}
	return strings.TrimSpace(out), nil
}

func run(dir string, name string, args ...string) (stdout, stderr string, err error) {
	var out, problems bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &problems
	err = cmd.Run()
	return out.String(), problems.String(), err
}

// exitStatus returns the exit status of a program that failed, or -1.
func exitStatus(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
