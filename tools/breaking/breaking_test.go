package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const contract = `openapi: 3.0.3
info: {title: Orders, version: '1'}
paths:
  /orders:
    post:
      operationId: ordersCreate
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {type: string}
                delivery: {type: string, default: 1h}
      responses:
        '200': {description: ok}
        '422': {description: no}
`

// newRepository returns a git repository with one commit: the contract and a
// package.
func newRepository(t *testing.T) repository {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	for _, name := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+name+"_NAME", "a")
		t.Setenv("GIT_"+name+"_EMAIL", "a@example.com")
	}
	r := repository{root: t.TempDir(), oasdiff: tool(t, "../oasdiff/go.mod", "oasdiff"), apidiff: tool(t, "../go.mod", "apidiff")}
	severity, err := os.ReadFile("severity.txt")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, severityFile, string(severity))
	r.write(t, contractFile, contract)
	r.write(t, "go.mod", "module example.com/orders\n\ngo 1.26.0\n")
	r.write(t, "shop/shop.go", "package shop\n\ntype Order struct{ Name string }\n\nfunc Create(o Order) error { return nil }\n")
	r.git(t, "init", "-q")
	r.commit(t, "first")
	return r
}

// tool returns the path of a program that a go.mod pins.
func tool(t *testing.T, modfile, name string) string {
	t.Helper()
	file, err := filepath.Abs(modfile)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "-modfile="+file, "-n", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (r repository) write(t *testing.T, name, content string) {
	t.Helper()
	file := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r repository) git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := git(r.root, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// commit commits everything and returns the commit.
func (r repository) commit(t *testing.T, message string) string {
	t.Helper()
	r.git(t, "add", "-A")
	r.git(t, "commit", "-q", "--allow-empty", "-m", message)
	return r.git(t, "rev-parse", "HEAD")
}

func TestRepositoryBase(t *testing.T) {
	r := newRepository(t)
	expect := func(situation, want, base, since string) {
		t.Helper()
		if got, err := r.base(base, since); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", situation, got, err, want)
		}
	}
	const zeros = "0000000000000000000000000000000000000000" // what GitHub says for a new branch

	expect("one commit", "", "", "")
	first := r.git(t, "rev-parse", "HEAD")
	second := r.commit(t, "second")
	r.commit(t, "third")
	expect("no tag", second, "", "")
	expect("no tag, a push of two commits", first, "", first)
	expect("no tag, a new branch", second, "", zeros)
	expect("a given base", "HEAD^^", "HEAD^^", second)

	r.git(t, "tag", "vendored-2026", first)
	expect("a tag that is no version", second, "", "")
	r.git(t, "tag", "v0.1.0", first)
	expect("a version", "v0.1.0", "", second)
	r.git(t, "tag", "v0.2.0")
	expect("a release", "v0.1.0", "", second)
	r.write(t, "more", "")
	expect("a change after a release", "v0.2.0", "", second)

	if _, err := r.base("nope", ""); err == nil {
		t.Error("a base that does not exist is accepted")
	}
	shallow := repository{root: filepath.Join(t.TempDir(), "shallow")}
	r.git(t, "clone", "-q", "--depth", "1", "--no-tags", "file://"+r.root, shallow.root)
	t.Setenv("CI", "true")
	if _, err := shallow.base("", second); err == nil || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("a shallow clone in CI: %v", err)
	}
	t.Setenv("CI", "")
	if got, err := shallow.base("", ""); err != nil || got != "" {
		t.Errorf("a shallow clone: %q, %v", got, err)
	}
}

func TestRepositoryCompare(t *testing.T) {
	r := newRepository(t)
	const shop = "package shop\n\ntype Order struct{ Name string }\n\n"
	for _, test := range []struct{ name, old, new, code, want string }{
		{"nothing", "", "", "", ""},
		{"an addition", "properties:", "properties:\n                tags: {type: array, items: {type: string}}",
			"package shop\n\ntype Order struct{ Name string; Tags []string }\n\nfunc Create(o Order) error { return nil }\n", ""},
		{"a property", "                name: {type: string}\n", "", "", "request-property-removed name"},
		{"a default", "1h", "2h", "", "request-property-default-value-changed delivery"},
		{"an operation id", "ordersCreate", "createOrder", "", "api-operation-id-removed ordersCreate"},
		{"a status", "        '422': {description: no}\n", "", "", "response-non-success-status-removed 422"},
		{"a function", "", "", shop + "func Create(o *Order) error { return nil }\n", "shop.Create"},
		{"code that does not compile", "", "", shop + "func Create(o Order) error { return 1 }\n", "error"},
	} {
		r.write(t, contractFile, strings.Replace(contract, test.old, test.new, 1))
		if test.code != "" {
			r.write(t, "shop/shop.go", test.code)
		}
		changes, err := r.compare("HEAD")
		got := ""
		for _, c := range changes {
			got += strings.Join(c.names, " ")
		}
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
		r.git(t, "checkout", "-q", ".")
	}
	if status := r.git(t, "status", "--porcelain"); status != "" {
		t.Errorf("the index was changed:\n%s", status)
	}
	r.git(t, "rm", "-q", "--cached", contractFile)
	r.git(t, "commit", "-q", "-m", "without a contract")
	if changes, err := r.compare("HEAD"); len(changes) > 0 || err != nil {
		t.Errorf("without a contract: %v, %v", changes, err)
	}
}

func TestAnnouncement_CoversWhatItNames(t *testing.T) {
	changes := []change{{"removed", []string{"request-property-removed", "name"}}, {"changed", []string{"shop.Create"}}}
	const released = "\n## [0.1.0] - 2026-11-23\n\n"
	for changelog, want := range map[string]int{
		"": 2,
		"### Breaking\n\n### Added\n\n- `shop.Create`\n":                                  2, // an empty heading
		"### Breaking\n\nSee `shop.Create`.\n":                                            2, // no list item
		"### Breaking\n\n- `shop.Create` takes a pointer.\n":                              1,
		"### Breaking\n\n- `shop.CreateAll` is gone.\n":                                   2,
		"### Breaking\n\n- `request-property-removed`\n":                                  2,
		"### Breaking\n\n- `name` is gone.\n":                                             2,
		"### Breaking\n\n- `name`\n- `request-property-removed`\n":                        2,
		"### Breaking\n\n- `shop.Create`\n- No `name`\n  (`request-property-removed`).\n": 0,
		"## [0.2.0]\n\n### Breaking\n\n- `shop.Create`\n" + released:                      1, // a release being made
		released + "### Breaking\n\n- `shop.Create`\n":                                    2, // an earlier release
	} {
		r := repository{root: t.TempDir()}
		r.write(t, "CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n"+changelog)
		if open := report(changes, r.announcements("v0.1.0")); open != want {
			t.Errorf("%d open, want %d, with:\n%s", open, want, changelog)
		}
	}
}
