// Command release says what stands between HEAD and a release. Run it with
// `make release-check VERSION=v1.2.3`, which also runs verify and breaking.
//
// It wants a well-formed tag that is new and above the last one, a clean tree, the
// same version in the User-Agent, and a changelog entry with a date. A release that
// breaks users must say so by its number: the minor one below v1, else the major.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	version := flag.String("version", "", "the `tag` to release, such as v0.2.0")
	root := flag.String("root", "..", "`folder` of the repository")
	flag.Parse()
	problems := check(*root, *version)
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, "release-check:", p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	fmt.Printf("release-check: %s can be tagged if the next steps pass\n", *version)
}

// wellFormed is semantic versioning with a v in front; no build part, which a
// module version cannot have.
var wellFormed = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

func check(root, version string) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !wellFormed.MatchString(version) || !semver.IsValid(version) {
		problem("%q is not a version; say VERSION=v0.2.0", version)
		return problems
	}
	if semver.Major(version) != "v0" && semver.Major(version) != "v1" {
		problem("%s needs the module path to end in /%s", version, semver.Major(version))
	}
	if changes, err := git(root, "status", "--porcelain"); err != nil || changes != "" {
		problem("the tree is not clean: commit or remove\n%s", changes)
	}
	if shallow, _ := git(root, "rev-parse", "--is-shallow-repository"); shallow == "true" {
		problem("this is a shallow clone, whose tags may be missing; run git fetch --unshallow --tags")
	}
	last := lastVersion(root)
	if last != "" && semver.Compare(version, last) <= 0 {
		problem("%s is not above %s, the last tag", version, last)
	}
	if agent := userAgentVersion(root); "v"+agent != version {
		problem("the User-Agent says %q; set the constant version in facade", agent)
	}
	entry, found := changelogEntry(root, strings.TrimPrefix(version, "v"))
	switch {
	case !found:
		problem("CHANGELOG.md has no entry \"## [%s] - YYYY-MM-DD\" with text", strings.TrimPrefix(version, "v"))
	case last != "" && strings.Contains(entry, "\n### Breaking") && !mayBreak(last, version):
		problem("the changelog announces a break, and %s to %s is too small a step for one", last, version)
	}
	return problems
}

// mayBreak reports whether the step is large enough for a breaking change.
func mayBreak(last, version string) bool {
	if semver.Major(last) == "v0" {
		return semver.MajorMinor(last) != semver.MajorMinor(version)
	}
	return semver.Major(last) != semver.Major(version)
}

// lastVersion is the highest tag, "" if there is none.
func lastVersion(root string) string {
	tags, err := git(root, "tag", "--list", "v*")
	if err != nil {
		return ""
	}
	last := ""
	for _, tag := range strings.Fields(tags) {
		if wellFormed.MatchString(tag) && (last == "" || semver.Compare(tag, last) > 0) {
			last = tag
		}
	}
	return last
}

var versionConstant = regexp.MustCompile(`(?m)^const version = "([^"]*)"`)

func userAgentVersion(root string) string {
	files, _ := filepath.Glob(filepath.Join(root, "facade", "*.go"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if m := versionConstant.FindSubmatch(text); err == nil && m != nil {
			return string(m[1])
		}
	}
	return ""
}

var dated = regexp.MustCompile(`^## \[([^\]]+)\] - \d{4}-\d{2}-\d{2}\s*$`)

// changelogEntry returns the text below the heading of a version.
func changelogEntry(root, version string) (entry string, found bool) {
	text, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return "", false
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "## ") {
			m := dated.FindStringSubmatch(line)
			inside = m != nil && m[1] == version
		} else if inside {
			entry += line
		}
	}
	return "\n" + entry, strings.TrimSpace(entry) != ""
}

func git(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
