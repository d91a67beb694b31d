// Command breaking fails when openapi.yaml or the exported Go API changed in a
// way that breaks a user of the library, compared with an earlier commit. Run it
// with `make breaking`.
//
// The earlier commit is -base, or else the last tag v[0-9]* before HEAD, or else
// -since, the commit before a push, or else the parent of HEAD. The exit status is
// 0 if nothing breaks or the changelog announces it, 1 if something breaks, 2 if
// the comparison fails.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	base := flag.String("base", "", "`commit` to compare with")
	since := flag.String("since", "", "`commit` to compare with if there is no tag")
	oasdiff := flag.String("oasdiff", "oasdiff", "the `program` oasdiff")
	apidiff := flag.String("apidiff", "apidiff", "the `program` apidiff")
	flag.Parse()

	r := repository{dir: "..", oasdiff: *oasdiff, apidiff: *apidiff}
	open, err := r.check(*base, *since)
	if err != nil {
		fmt.Fprintln(os.Stderr, "breaking:", err)
		os.Exit(2)
	}
	if open > 0 {
		os.Exit(1)
	}
}

type repository struct{ dir, oasdiff, apidiff string }

// change is a breaking change.
type change struct {
	text  string
	names []string // what an announcement of it must name
}

// check prints the breaking changes and returns how many are not announced.
func (r repository) check(base, since string) (open int, err error) {
	if base == "" {
		base, err = r.defaultBase(since)
	}
	if err != nil {
		return 0, err
	}
	if base == "" {
		fmt.Println("breaking: no earlier commit to compare with")
		return 0, nil
	}

	fmt.Println("breaking: comparing with", base)
	changes, err := r.compare(base)
	if err != nil {
		return 0, err
	}
	changelog, err := os.ReadFile(filepath.Join(r.dir, "CHANGELOG.md"))
	return report(changes, announcements(string(changelog), base)), err
}

// defaultBase returns the commit to compare with, or "" if there is none.
func (r repository) defaultBase(since string) (string, error) {
	shallow, err := run(r.dir, "git", "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", err
	}
	if shallow == "true" && os.Getenv("CI") != "" {
		return "", errors.New("in a shallow clone the last tag may be missing (in actions/checkout, set fetch-depth: 0)")
	}

	for _, command := range [][]string{
		{"describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^"}, // not the release that HEAD is
		{"rev-parse", "--verify", since + "^{commit}"},
		{"rev-parse", "--verify", "HEAD^"},
	} {
		if commit, err := run(r.dir, "git", command...); err == nil {
			return commit, nil
		}
	}
	return "", nil
}

// compare returns the breaking changes since base.
func (r repository) compare(base string) ([]change, error) {
	contract, err := r.compareContract(base)
	if err != nil {
		return nil, err
	}
	api, err := r.compareAPI(base)
	return append(contract, api...), err
}

func (r repository) compareContract(base string) ([]change, error) {
	out, err := run(r.dir, r.oasdiff, "breaking", "--format", "json",
		"--severity-levels", "tools/breaking/severity.txt", base+":openapi.yaml", "openapi.yaml")
	if err != nil {
		return nil, err
	}
	var found []struct{ ID, Text, Operation, Path string }
	if err := json.Unmarshal([]byte(cmp.Or(out, "[]")), &found); err != nil {
		return nil, err
	}

	var changes []change
	for _, f := range found {
		c := change{text: f.Operation + " " + f.Path + ": " + f.Text, names: []string{f.ID}}
		if property := quoted(f.Text); property != nil {
			c.names = append(c.names, property[0])
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (r repository) compareAPI(base string) ([]change, error) {
	temp, err := os.MkdirTemp("", "breaking-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	old := filepath.Join(temp, "base")
	if _, err := run(r.dir, "git", "worktree", "add", "--quiet", "--detach", old, base); err != nil {
		return nil, err
	}
	defer run(r.dir, "git", "worktree", "remove", "--force", old)

	module, err := run(r.dir, "go", "list", "-m")
	if err != nil {
		return nil, err
	}
	before := filepath.Join(temp, "before")
	if _, err := run(old, r.apidiff, "-m", "-w", before, module); err != nil {
		return nil, err
	}
	after := filepath.Join(temp, "after")
	if _, err := run(r.dir, r.apidiff, "-m", "-w", after, module); err != nil {
		return nil, err
	}
	out, err := run(r.dir, r.apidiff, "-m", "-incompatible", before, after)
	if err != nil {
		return nil, err
	}

	var changes []change
	for line := range strings.Lines(out) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
		symbol, _, _ := strings.Cut(line, ": ")
		if !harmless.MatchString(line) {
			changes = append(changes, change{line, []string{strings.TrimPrefix(symbol, "./")}})
		}
	}
	return changes, nil
}

// harmless matches what can be ignored of apidiff's output. A new operation adds
// methods to the interfaces of package gen, which only its own client implements.
// A list or map added to a struct makes it incomparable, but no document tells
// users to compare structs.
var harmless = regexp.MustCompile(`^\./gen\.Client\w*Interface\..*: added$|: old is comparable, new is not$`)

// announcements returns the names in each list item under a heading "Breaking" of the
// changelog that is newer than the release that base is.
func announcements(changelog, base string) (all [][]string) {
	newer, _, _ := strings.Cut(changelog, "\n## ["+strings.TrimPrefix(base, "v")+"]")
	for _, section := range breakingSection.FindAllStringSubmatch(newer, -1) {
		items := regexp.MustCompile(`(?m)^[-*] `).Split(section[1], -1)
		for _, item := range items[1:] {
			all = append(all, quoted(item))
		}
	}
	return all
}

var (
	breakingSection = regexp.MustCompile(`(?ms)^### Breaking$(.*?)(?:^#|\z)`)
	backquoted      = regexp.MustCompile("`([^`]+)`")
)

// quoted returns what is between backquotes.
func quoted(text string) (names []string) {
	for _, match := range backquoted.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}

// report prints the changes and returns how many are not announced.
func report(changes []change, announcements [][]string) (open int) {
	for _, c := range changes {
		covers := func(announced []string) bool {
			isMissing := func(name string) bool { return !slices.Contains(announced, name) }
			return !slices.ContainsFunc(c.names, isMissing)
		}
		if slices.ContainsFunc(announcements, covers) {
			fmt.Println("announced:", c.text)
			continue
		}
		open++
		fmt.Printf("breaking: %s\n\tto allow it: an item with `%s`\n", c.text, strings.Join(c.names, "` and `"))
	}

	if open > 0 {
		fmt.Println(`breaking: revert the changes, or announce each in a list item under "### Breaking"` +
			` in the unreleased part of CHANGELOG.md`)
	}
	return open
}

// run returns what a program prints.
func run(dir, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
