// Command breaking fails when openapi.yaml or the exported Go API changed in a
// way that breaks a user of the library, compared with an earlier commit. Run
// it with `make breaking`, from any folder of the repository.
//
// The earlier commit is -base, or else the last tag v[0-9]*, or else -since, the
// commit before a push, or else the parent of HEAD. The exit status is 0 if
// nothing breaks or the changelog announces it, 1 if something breaks, 2 if the
// comparison fails.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
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
	base := flag.String("base", "", "`commit` to compare with")
	since := flag.String("since", "", "`commit` to compare with if there is no tag")
	oasdiff := flag.String("oasdiff", "oasdiff", "the `program` oasdiff")
	apidiff := flag.String("apidiff", "apidiff", "the `program` apidiff")
	flag.Parse()

	root, err := git(".", "rev-parse", "--show-toplevel")
	if err != nil {
		fatal(err)
	}
	r := repository{root: root, oasdiff: *oasdiff, apidiff: *apidiff}
	commit, err := r.base(*base, *since)
	if err != nil {
		fatal(err)
	}
	if commit == "" {
		fmt.Println("breaking: no earlier commit to compare with")
		return
	}
	changes, err := r.compare(commit)
	if err != nil {
		fatal(err)
	}
	if open := report(changes, r.announcements(commit)); open > 0 {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "breaking:", err)
	os.Exit(2)
}

// change is a breaking change.
type change struct {
	text  string
	names []string // what an announcement of it must name
}

// report prints the changes and returns how many are not announced.
func report(changes []change, announcements []announcement) (open int) {
	for _, c := range changes {
		announced := slices.ContainsFunc(announcements, func(a announcement) bool { return a.covers(c) })
		if announced {
			fmt.Println("announced:", c.text)
			continue
		}
		open++
		fmt.Printf("breaking: %s\n\tto allow it: an item with `%s`\n", c.text, strings.Join(c.names, "` and `"))
	}
	switch {
	case len(changes) == 0:
		fmt.Println("breaking: nothing breaks")
	case open > 0:
		fmt.Println(`breaking: revert the changes, or announce each in a list item under "### Breaking"` +
			` in the unreleased part of CHANGELOG.md`)
	}
	return open
}

type repository struct{ root, oasdiff, apidiff string }

// base returns the commit to compare with, or "" if there is none.
func (r repository) base(base, since string) (string, error) {
	shallow, err := git(r.root, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", err
	}
	hint := ""
	if shallow == "true" {
		hint = " in this shallow clone: fetch the history (git fetch --unshallow --tags;" +
			" in actions/checkout fetch-depth: 0)"
	}
	if base != "" {
		if !r.isCommit(base) {
			return "", fmt.Errorf("%q is not a commit%s", base, hint)
		}
		return base, nil
	}

	if shallow == "true" && os.Getenv("CI") != "" {
		return "", errors.New("the last tag may be missing" + hint)
	}

	tag := []string{"describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"}
	if exact, err := git(r.root, append(tag, "--exact-match")...); err == nil {
		// A clean checkout of a tag is a release: compare it with the previous one.
		if changes, err := git(r.root, "status", "--porcelain"); err == nil && changes == "" {
			tag = append(tag, exact+"^")
		}
	}
	if last, err := git(r.root, tag...); err == nil {
		return last, nil
	}

	for _, candidate := range []string{since, "HEAD^"} {
		if candidate != "" && r.isCommit(candidate) {
			return git(r.root, "rev-parse", candidate)
		}
	}
	return "", nil
}

func (r repository) isCommit(ref string) bool {
	_, err := git(r.root, "rev-parse", "--verify", "--quiet", ref+"^{commit}")
	return err == nil
}

// compare returns the breaking changes since a commit.
func (r repository) compare(commit string) ([]change, error) {
	name, err := git(r.root, "log", "-1", "--format=%h (%s)", commit)
	if err != nil {
		return nil, err
	}
	fmt.Printf("breaking: comparing with %s\n", name)

	dir, err := os.MkdirTemp("", "breaking-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	old := filepath.Join(dir, "base")
	if err := r.checkOut(commit, old, filepath.Join(dir, "index")); err != nil {
		return nil, err
	}

	if _, err := os.Stat(filepath.Join(old, contractFile)); err != nil {
		fmt.Printf("breaking: %s has no %s, so there is nothing to compare with\n", commit, contractFile)
		return nil, nil
	}
	contract, err := r.compareContract(old)
	if err != nil || !r.codeChanged(commit) {
		return contract, err
	}
	api, err := r.compareAPI(old, dir)
	return append(contract, api...), err
}

// checkOut writes the files of a commit into dir, without touching the index.
func (r repository) checkOut(commit, dir, index string) error {
	for _, args := range [][]string{{"read-tree", commit}, {"checkout-index", "--all", "--prefix=" + dir + "/"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = r.root
		cmd.Env = append(os.Environ(), "GIT_INDEX_FILE="+index)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %s", args[0], firstLine(string(out)))
		}
	}
	return nil
}

func (r repository) compareContract(old string) ([]change, error) {
	out, stderr, err := run(r.root, r.oasdiff, "breaking", "--format", "json", "--fail-on", "WARN",
		"--severity-levels", severityFile, filepath.Join(old, contractFile), filepath.Join(r.root, contractFile))
	exit, failed := errors.AsType[*exec.ExitError](err)
	foundChanges := failed && exit.ExitCode() == 1
	if err != nil && !foundChanges {
		return nil, fmt.Errorf("oasdiff: %s", cmp.Or(strings.TrimSpace(stderr), err.Error()))
	}

	var found []struct {
		ID, Text, Operation, Path string
		Level                     int // 2 is a warning, 3 an error
	}
	if err := json.Unmarshal([]byte(cmp.Or(out, "[]")), &found); err != nil {
		return nil, fmt.Errorf("oasdiff: %w", err)
	}

	var changes []change
	for _, f := range found {
		if f.Level < 2 {
			continue
		}
		c := change{text: f.Operation + " " + f.Path + ": " + f.Text, names: []string{f.ID}}
		parts := strings.Split(f.Text, "`")
		if len(parts) > 1 {
			c.names = append(c.names, parts[1]) // the property or parameter
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// codeChanged reports whether any Go code differs from base. Comparing the Go
// API compiles both versions, so it is skipped if nothing changed.
func (r repository) codeChanged(base string) bool {
	_, differs := git(r.root, "diff", "--quiet", base, "--", "*.go", "go.mod", "go.sum")
	added, err := git(r.root, "ls-files", "-o", "--exclude-standard", "--", "*.go")
	return differs != nil || err != nil || added != ""
}

func (r repository) compareAPI(old, dir string) ([]change, error) {
	module, stderr, err := run(old, "go", "list", "-m")
	module = strings.TrimSpace(module)
	if err != nil {
		return nil, fmt.Errorf("the old commit has no Go module: %s", firstLine(stderr))
	}
	if now, _, err := run(r.root, "go", "list", "-m"); err != nil || strings.TrimSpace(now) != module {
		return nil, fmt.Errorf("the module path %s changed: every import breaks", module)
	}

	before, after := filepath.Join(dir, "old.api"), filepath.Join(dir, "new.api")
	if _, stderr, err := run(old, r.apidiff, "-m", "-w", before, module); err != nil {
		fmt.Printf("breaking: the old commit does not compile, so the Go API is not compared (%s)\n", firstLine(stderr))
		return nil, nil
	}
	if _, stderr, err := run(r.root, r.apidiff, "-m", "-w", after, module); err != nil {
		_, compiler, _ := run(r.root, "go", "build", "./...") // apidiff does not say where
		return nil, fmt.Errorf("the Go code does not compile, so its API is not compared:\n%s",
			strings.TrimSpace(cmp.Or(compiler, stderr)))
	}
	out, stderr, err := run(r.root, r.apidiff, "-m", "-incompatible", before, after)
	if err != nil {
		return nil, fmt.Errorf("apidiff: %s", firstLine(stderr))
	}

	var changes []change
	for line := range strings.Lines(out) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
		symbol, _, _ := strings.Cut(line, ": ")
		if line != "" && !harmless(line) {
			changes = append(changes, change{line, []string{strings.TrimPrefix(symbol, "./")}})
		}
	}
	return changes, nil
}

// harmless reports whether a line of apidiff's output can be ignored. A new
// operation adds methods to the interfaces of package gen, which only its own
// client implements. A list or map added to a struct makes it incomparable, but
// no document tells users to compare structs.
func harmless(line string) bool {
	method := strings.HasPrefix(line, "./gen.Client") && strings.Contains(line, "Interface.")
	return method && strings.HasSuffix(line, ": added") || strings.HasSuffix(line, ": old is comparable, new is not")
}

// announcement has the names between backquotes in a list item of the changelog.
type announcement []string

func (a announcement) covers(c change) bool {
	return !slices.ContainsFunc(c.names, func(name string) bool { return !slices.Contains(a, name) })
}

// announcements returns the list items below the "Breaking" headings that are newer
// than base: under Unreleased, or in the entry of the release being made.
func (r repository) announcements(base string) (all []announcement) {
	text, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return nil
	}

	newest := ""      // the heading of the newest release
	breaking := false // below a heading "Breaking"
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		released := strings.HasPrefix(line, "## [") && !strings.HasPrefix(line, "## [Unreleased]")
		isItem := strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ")
		switch {
		case released && newest != "", strings.HasPrefix(line, "## ["+strings.TrimPrefix(base, "v")+"]"):
			return all
		case released:
			newest = line
		case strings.HasPrefix(line, "## "):
			breaking = false
		case strings.HasPrefix(line, "#"):
			breaking = strings.TrimLeft(line, "# ") == "Breaking"
		case breaking && isItem:
			all = append(all, quoted(line))
		case breaking && len(all) > 0: // an item may have more lines
			last := &all[len(all)-1]
			*last = append(*last, quoted(line)...)
		}
	}
	return all
}

// quoted returns what is between backquotes.
func quoted(line string) (names []string) {
	for i, part := range strings.Split(line, "`") {
		if i%2 == 1 {
			names = append(names, part)
		}
	}
	return names
}

func git(dir string, args ...string) (string, error) {
	out, stderr, err := run(dir, "git", args...)
	if err != nil {
		return "", fmt.Errorf("git %s: %s", args[0], firstLine(stderr))
	}
	return strings.TrimSpace(out), nil
}

func run(dir string, name string, args ...string) (stdout, stderr string, err error) {
	var out, messages bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &messages
	err = cmd.Run()
	return out.String(), messages.String(), err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
