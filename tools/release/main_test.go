package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a repository that is ready to be released as v0.2.0, after
// v0.1.0.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "facade/request.go", "package facade\n\nconst version = \"0.2.0\"\n")
	write(t, root, "CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-23\n\n### Added\n\n- x\n\n## [0.1.0] - 2026-11-01\n\n- y\n")
	run(t, root, "init", "-q")
	run(t, root, "commit", "-q", "--allow-empty", "-m", "first")
	run(t, root, "tag", "v0.1.0")
	run(t, root, "tag", "vault-1") // no version
	run(t, root, "add", "-A")
	run(t, root, "commit", "-q", "-m", "second")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, root string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestAReleaseThatIsReadyHasNoProblems(t *testing.T) {
	t.Parallel()
	if problems := check(repository(t), "v0.2.0"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestEachThingThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, version, says string
		change              func(t *testing.T, root string)
	}{
		{"no version", "", "is not a version", nil},
		{"no v", "0.2.0", "is not a version", nil},
		{"two numbers", "v0.2", "is not a version", nil},
		{"build part", "v0.2.0+a", "is not a version", nil},
		{"leading zero", "v0.02.0", "is not a version", nil},
		{"v2", "v2.0.0", "module path to end in /v2", nil},
		{"the last tag again", "v0.1.0", "not above v0.1.0", nil},
		{"below the last tag", "v0.0.9", "not above v0.1.0", nil},
		{"pre-release of the last tag", "v0.1.0-rc.1", "not above v0.1.0", nil},
		{"no changelog entry", "v0.3.0", "no entry", nil},
		{"another User-Agent", "v0.3.0", `User-Agent says "0.2.0"`, nil},
		{"a file that is not committed", "v0.2.0", "not clean", func(t *testing.T, root string) { write(t, root, "new.go", "package x\n") }},
		{"entry without a date", "v0.2.0", "no entry", func(t *testing.T, root string) {
			write(t, root, "CHANGELOG.md", "## [0.2.0]\n\n- x\n")
		}},
		{"empty entry", "v0.2.0", "no entry", func(t *testing.T, root string) {
			write(t, root, "CHANGELOG.md", "## [0.2.0] - 2026-11-23\n\n## [0.1.0] - 2026-11-01\n- y\n")
		}},
		{"a break in a patch", "v0.2.1", "too small a step", func(t *testing.T, root string) {
			run(t, root, "tag", "v0.2.0")
			write(t, root, "CHANGELOG.md", "## [0.2.1] - 2026-11-23\n\n### Breaking\n\n- x\n")
		}},
		{"a break in a minor of v1", "v1.1.0", "too small a step", func(t *testing.T, root string) {
			run(t, root, "tag", "v1.0.0")
			write(t, root, "CHANGELOG.md", "## [1.1.0] - 2026-11-23\n\n### Breaking\n\n- x\n")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := repository(t)
			if test.change != nil {
				test.change(t, root)
			}
			if problems := strings.Join(check(root, test.version), "\n"); !strings.Contains(problems, test.says) {
				t.Errorf("%q does not say %q", problems, test.says)
			}
		})
	}
}

func TestABreakInAMinorBelowV1IsARelease(t *testing.T) {
	t.Parallel()
	root := repository(t)
	write(t, root, "CHANGELOG.md", "## [0.2.0] - 2026-11-23\n\n### Breaking\n\n- x\n")
	run(t, root, "commit", "-q", "-am", "break")
	if problems := check(root, "v0.2.0"); len(problems) > 0 {
		t.Error(problems)
	}
}
