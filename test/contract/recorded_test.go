package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every request that the library's own tests and its first example send is
// held against the contract. They are run once more with a build overlay that
// writes down what the facade hands to net/http; the sources stay as they are,
// and a test that is written tomorrow takes part.
func TestEveryRequestOfTheTestsAndExamplesIsTheContracts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the root module's tests once more")
	}
	c := load(t)
	dir := t.TempDir()
	overlay := recordingOverlay(t, dir)

	// Whether those tests pass is for `make test` to say: recording costs time
	// and memory, which some of them measure.
	run(t, dir, overlay, "go", "test", "-short", "-count=1", "-vet=off", "./...")
	run(t, dir, overlay, "go", "run", "./examples/create-session")

	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]int{}
	for _, file := range files {
		program, _, _ := strings.Cut(filepath.Base(file), "@")
		sent[strings.TrimSuffix(program, ".test")]++
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e exchange
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		if err := c.check(c.atContractServer(e)); err != nil {
			t.Errorf("%s sent %s %s %s: %v", program, e.Method, e.URL, e.Body, err)
		}
	}
	t.Logf("distinct requests by program: %v", sent)
	if sent["facade"] == 0 || sent["create-session"] == 0 {
		t.Errorf("no request of the facade's tests or of create-session was recorded: %v", sent)
	}
}

// recordingOverlay writes the overlay file that puts a recorder under the one
// place where the facade hands a request to net/http.
func recordingOverlay(t *testing.T, dir string) string {
	t.Helper()
	const marker = "c.httpClient.Do("
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	recorder, err := filepath.Abs("testdata/recording.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(root, "facade", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{filepath.Join(root, "facade", "zz_recording.go"): recorder}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(source, "_test.go") || !bytes.Contains(text, []byte(marker)) {
			continue
		}
		changed := filepath.Join(dir, filepath.Base(source))
		text = bytes.ReplaceAll(text, []byte(marker), []byte("recording{c.httpClient}.Do("))
		if err := os.WriteFile(changed, text, 0o600); err != nil {
			t.Fatal(err)
		}
		replace[source] = changed
	}
	if len(replace) != 2 {
		t.Fatalf("%q stands in %d files of facade, not in one: mend the marker of this test", marker, len(replace)-1)
	}
	overlay := filepath.Join(dir, "overlay")
	if err := os.WriteFile(overlay, encode(t, map[string]any{"Replace": replace}), 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}

// run runs a program of the root module. GOFLAGS hands the overlay on to what
// a test builds itself.
func run(t *testing.T, dir, overlay string, program ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay), "RECORD_DIR="+dir)
	for _, variable := range []string{"APIDECK_API_KEY", "APIDECK_APP_ID", "APIDECK_CONSUMER_ID", "APIDECK_BASE_URL"} {
		cmd.Env = append(cmd.Env, variable+"=") // an empty one counts as not set
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("%s: %v\n%s", strings.Join(program, " "), err, out)
	}
}
