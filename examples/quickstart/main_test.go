package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// TestMain runs the program instead of the tests if BE_THE_PROGRAM is set.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program runs main in a process with only the given environment variables.
func program(t *testing.T, env ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(env, "BE_THE_PROGRAM=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func TestMain_PrintsTheURIOfASession(t *testing.T) {
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
	if len(requests) != 1 || requests[0].AppID != "test-app" || requests[0].ConsumerID != "test-consumer" ||
		string(requests[0].Body) != `{"redirect_uri":"https://mysaas.com/dashboard"}` {
		t.Errorf("sent %+v", requests)
	}
}

func TestMain_NamesMissingVariables(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := program(t)
	named := strings.Contains(stderr, facade.EnvAPIKey) && strings.Contains(stderr, facade.EnvAppID)
	if err == nil || stdout != "" || !named {
		t.Errorf("%v, printed %q and %q, want both variables named", err, stdout, stderr)
	}
}
