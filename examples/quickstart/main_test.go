package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// TestMain lets the test binary be the program: a test starts it again, with an
// environment of its own, as a reader of the README starts main.go.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program runs main in a process of its own. Its environment is env alone, so
// that neither a key nor a proxy of the machine gets in.
func program(t *testing.T, env ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(env, "BE_THE_PROGRAM=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func TestProgramPrintsTheURIOfASession(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	stdout, stderr, err := program(t,
		facade.EnvAPIKey+"=test-key", facade.EnvAppID+"=test-app", facade.EnvBaseURL+"="+vault.URL)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if !strings.HasPrefix(stdout, vault.URL+"/") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("printed %q, want one URI of %s", stdout, vault.URL)
	}
	requests := vault.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests arrived, want 1", len(requests))
	}
	if got := requests[0].Header.Get("x-apideck-app-id"); got != "test-app" {
		t.Errorf("application id %q, want the one of the environment", got)
	}
	if got := requests[0].Header.Get("x-apideck-consumer-id"); got != "test-consumer" {
		t.Errorf("consumer id %q, want test-consumer", got)
	}
	var body map[string]any
	if err := json.Unmarshal(requests[0].Body, &body); err != nil || body["redirect_uri"] != "https://mysaas.com/dashboard" || len(body) != 1 {
		t.Errorf("body %s, want the redirect URI alone", requests[0].Body)
	}
}

func TestProgramNamesTheVariablesThatAreMissing(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := program(t)
	if err == nil || stdout != "" {
		t.Errorf("err %v, printed %q; want a failure and nothing printed", err, stdout)
	}
	for _, variable := range []string{facade.EnvAPIKey, facade.EnvAppID} {
		if !strings.Contains(stderr, variable) {
			t.Errorf("stderr does not name %s: %q", variable, stderr)
		}
	}
}
