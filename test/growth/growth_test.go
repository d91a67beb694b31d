// Package growth checks, on a copy of the repository, that the recipes of
// CONTRIBUTING.md work and that the generator and its gate stop what must not pass.
package growth

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// repository is a copy of the repository with one commit.
type repository struct{ dir string }

func copyRepository(t *testing.T) repository {
	t.Helper()
	if testing.Short() {
		t.Skip("works on a copy of the repository")
	}
	list := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	list.Dir = "../.."
	names, err := list.Output()
	if err != nil {
		t.Skipf("not a git repository: %v", err)
	}
	r := repository{t.TempDir()}
	for name := range strings.SplitSeq(strings.Trim(string(names), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) {
			continue // deleted and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		r.write(t, name, string(content))
	}
	r.must(t, "git", "init", "-q")
	r.commit(t)
	return r
}

func (r repository) write(t *testing.T, name, content string) {
	t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// insert adds text after the first line of a file that is the given one. If line is
// "", it adds the text at the end, and the file need not exist.
func (r repository) insert(t *testing.T, name, line, text string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, name))
	if line == "" {
		r.write(t, name, string(content)+text)
		return
	}
	before, after, found := strings.Cut(string(content), "\n"+line+"\n")
	if err != nil || !found {
		t.Fatalf("%s has no line %q, %v", name, line, err)
	}
	r.write(t, name, before+"\n"+line+"\n"+text+after)
}

func (r repository) commit(t *testing.T) {
	t.Helper()
	r.must(t, "git", "add", "-A")
	r.must(t, "git", "commit", "-q", "-m", "work")
}

// run runs a program in the copy. What it starts ends with it.
func (r repository) run(t *testing.T, program ...string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Dir = r.dir
	cmd.WaitDelay = 5 * time.Second
	endWithGroup(cmd)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") ||
			strings.HasPrefix(v, "GIT_") || strings.HasPrefix(v, "APIDECK_")
	})
	cmd.Env = append(cmd.Env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"GOFLAGS=-trimpath") // so that copies share the build cache
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r repository) must(t *testing.T, program ...string) string {
	t.Helper()
	out, err := r.run(t, program...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(program, " "), err, out)
	}
	return out
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
