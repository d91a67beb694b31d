package facade

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The test runs examples/quickstart, which prints the session's URI.
func TestDefaultTransport_UsesFetchOnJS(t *testing.T) { // row 100
	if testing.Short() {
		t.Skip("-short: the first build for js/wasm takes a minute")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("go cannot be run:", err)
	}

	program := filepath.Join(t.TempDir(), "quickstart.wasm")
	build := exec.Command("go", "build", "-o", program, "../examples/quickstart")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	server := newServer(t, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/vault/sessions":
			handleSession(w, r)
		case "/moved/vault/sessions":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			t.Errorf("a request to %s", r.URL)
		}
	})
	for baseURL, want := range map[string]string{
		server.URL:            testURI,
		server.URL + "/moved": "apideck: POST /vault/sessions: ",
	} {
		wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec_node.js")
		// net/http does not use fetch if the program's name is node.
		host := exec.Cmd{Path: node, Args: []string{"worker", wasmExec, program}}
		host.Env = []string{EnvAPIKey + "=key", EnvAppID + "=app", EnvBaseURL + "=" + baseURL}
		out, _ := host.CombinedOutput() // an error is in the output, too
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: the program says %s", baseURL, out)
		}
	}
}
