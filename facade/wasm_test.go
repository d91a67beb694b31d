package facade

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wasmProgram makes a call to each of its arguments.
const wasmProgram = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/apideck-community/vault-go/facade"
)

func main() {
	c, err := facade.New(facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithConsumerID("c"))
	if err != nil {
		panic(err)
	}
	for _, url := range os.Args[1:] {
		_, err := c.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithBaseURL(url))
		fmt.Println("result:", err)
	}
}
`

// wasmHost starts a server and runs the program of its last argument on it.
const wasmHost = `
const fs = require('fs'), http = require('http');
Object.assign(globalThis, { require, fs, path: require('path') });
require(process.argv[2]);
const server = http.createServer((req, resp) => {
  req.resume();
  console.log('request:', req.url);
  if (req.url.startsWith('/moved/')) resp.writeHead(302, { Location: '/elsewhere' });
  resp.end(` + "`" + sessionJSON + "`" + `);
});
server.listen(0, '127.0.0.1', async () => {
  const go = new Go();
  const url = 'http://127.0.0.1:' + server.address().port;
  go.argv = ['main', url, url + '/moved'];
  go.exit = () => {};
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(process.argv[3]), go.importObject);
  await go.run(instance);
  process.exit(0);
});
`

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

	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	program := filepath.Join(dir, "main.wasm")
	build := exec.Command("go", "build", "-o", program, write("main.go", wasmProgram))
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	// net/http does not use fetch if the program's name is node.
	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")
	host := &exec.Cmd{Path: node, Args: []string{"worker", write("host.cjs", wasmHost), wasmExec, program}}
	out, err := host.CombinedOutput()
	got := string(out)
	if err != nil || !strings.Contains(got, "request: /vault/sessions\nresult: <nil>\n") {
		t.Errorf("%v: %s", err, got)
	}
	followed := strings.Contains(got, "/elsewhere")
	if followed || !strings.Contains(got, "result: apideck: POST /vault/sessions: ") {
		t.Errorf("the redirect was followed: %s", got)
	}
}
