// Package docs checks what the repository says about itself: that its links
// lead somewhere, that the Go code in its documents is code that a test runs,
// and that what it exports is documented.
package docs

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

const module = "github.com/apideck-community/vault-go"

// repository is the root of the repository.
var repository = os.DirFS("../..")

// files returns the paths with one of the suffixes, without what git ignores.
func files(t *testing.T, fsys fs.FS, suffixes ...string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name == ".git" || name == "artifacts" || path.Base(name) == "testdata") {
			return fs.SkipDir
		}
		for _, suffix := range suffixes {
			if !d.IsDir() && strings.HasSuffix(name, suffix) {
				found = append(found, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
