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

const code = `package shop

type Order struct {
	Name string
}

func Create(o Order) error { return nil }
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
	r := repository{t.TempDir(), tool(t, "../oasdiff/go.mod", "oasdiff"), tool(t, "../go.mod", "apidiff")}
	severity, err := os.ReadFile("severity.txt")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "tools/breaking/severity.txt", string(severity))
	r.write(t, "openapi.yaml", contract)
	r.write(t, "CHANGELOG.md", "# Changelog\n")
	r.write(t, "go.mod", "module example.com/orders\n\ngo 1.26.0\n")
	r.write(t, "shop/shop.go", code)
	r.git(t, "init", "-q")
	r.commit(t)
	return r
}

// tool returns the path of a program that a go.mod pins.
func tool(t *testing.T, modfile, name string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-modfile="+modfile, "-n", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (r repository) write(t *testing.T, name, content string) {
	t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r repository) git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(r.dir, "git", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// commit commits everything and returns the commit.
func (r repository) commit(t *testing.T) string {
	t.Helper()
	r.git(t, "add", "-A")
	r.git(t, "commit", "-q", "--allow-empty", "-m", "work")
	return r.git(t, "rev-parse", "HEAD")
}

func TestRepositoryDefaultBase(t *testing.T) {
	r := newRepository(t)
	expect := func(situation, since, want string) {
		t.Helper()
		if got, err := r.defaultBase(since); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", situation, got, err, want)
		}
	}
	const zeros = "0000000000000000000000000000000000000000" // what GitHub says for a new branch

	expect("one commit", "", "")
	first := r.git(t, "rev-parse", "HEAD")
	second := r.commit(t)
	r.commit(t)
	expect("no tag", "", second)
	expect("no tag, a push of two commits", first, first)
	expect("no tag, a new branch", zeros, second)

	r.git(t, "tag", "vendored-2026", first)
	expect("a tag that is no version", "", second)
	r.git(t, "tag", "v0.1.0", first)
	expect("a version", second, "v0.1.0")
	r.git(t, "tag", "v0.2.0")
	expect("a release", "", "v0.1.0")
	r.commit(t)
	expect("a change after a release", "", "v0.2.0")

	origin := "file://" + r.dir
	r.dir = filepath.Join(t.TempDir(), "shallow")
	run("", "git", "clone", "-q", "--depth", "1", origin, r.dir)
	t.Setenv("CI", "true")
	if _, err := r.defaultBase(second); err == nil || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("a shallow clone in CI: %v", err)
	}
}

func TestRepositoryCompare(t *testing.T) {
	r := newRepository(t)
	for _, test := range []struct {
		name, file string
		old, new   string
		want       string
	}{
		{"a new property", "openapi.yaml", "name:", "tags: {type: array, items: {type: string}}\n                name:", ""},
		{"a property", "openapi.yaml", "                name: {type: string}\n", "", "request-property-removed name"},
		{"a default", "openapi.yaml", "1h", "2h", "request-property-default-value-changed delivery"},
		{"an operation id", "openapi.yaml", "ordersCreate", "createOrder", "api-operation-id-removed ordersCreate"},
		{"a status", "openapi.yaml", "        '422': {description: no}\n", "", "response-non-success-status-removed 422"},
		{"a new field", "shop/shop.go", "Name string", "Name string; Tags []string", ""},
		{"a function", "shop/shop.go", "o Order", "o *Order", "shop.Create"},
		{"code that does not compile", "shop/shop.go", "return nil", "return 1", "error"},
	} {
		text := map[string]string{"openapi.yaml": contract, "shop/shop.go": code}[test.file]
		r.write(t, test.file, strings.Replace(text, test.old, test.new, 1))
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
	if _, err := r.compare("nope"); err == nil {
		t.Error("a base that does not exist is accepted")
	}
}

func TestRepositoryCheck_CountsWhatIsNotAnnounced(t *testing.T) {
	r := newRepository(t)
	if open, err := r.check("", ""); open != 0 || err != nil {
		t.Errorf("no earlier commit: %d, %v", open, err)
	}
	r.write(t, "shop/shop.go", "package shop\n")
	r.commit(t)
	if open, err := r.check("", ""); open != 2 || err != nil {
		t.Errorf("two removed: %d, %v", open, err)
	}
	r.write(t, "CHANGELOG.md", "### Breaking\n\n- `shop.Create` is gone.\n")
	if open, err := r.check("", ""); open != 1 || err != nil {
		t.Errorf("one of them announced: %d, %v", open, err)
	}
}

func TestAnnouncements(t *testing.T) {
	changes := []change{{"removed", []string{"request-property-removed", "name"}}, {"changed", []string{"shop.Create"}}}
	const released = "\n## [0.1.0] - 2026-11-23\n\n"
	for changelog, want := range map[string]int{
		"": 2,
		"### Breaking\n\n### Added\n\n- `shop.Create`\n":                                  2, // an empty heading
		"### Breaking\n\nSee `shop.Create`.\n":                                            2, // no list item
		"### Breaking\n\n- `shop.Create` takes a pointer.\n":                              1,
		"### Breaking\n\n- `shop.CreateAll` is gone.\n":                                   2,
		"### Breaking\n\n- `request-property-removed`\n":                                  2,
		"### Breaking\n\n- `name`\n- `request-property-removed`\n":                        2,
		"### Breaking\n\n- `shop.Create`\n- No `name`\n  (`request-property-removed`).\n": 0,
		"## [0.2.0]\n\n### Breaking\n\n- `shop.Create`\n" + released:                      1, // a release being made
		released + "### Breaking\n\n- `shop.Create`\n":                                    2, // an earlier release
	} {
		if open := report(changes, announcements("## [Unreleased]\n\n"+changelog, "v0.1.0")); open != want {
			t.Errorf("%d open, want %d, with:\n%s", open, want, changelog)
		}
	}
}
