package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestRun_ReplacesTheKeyUnderLoadWithoutAFailedCall(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), filepath.Join(t.TempDir(), "api-key"), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	// The request that triggers the replacement is rejected, and at most one in
	// flight from each other worker.
	var sessions, retried int
	_, err := fmt.Sscanf(out.String(), "%d sessions, %d of them after a retry with the new key\n", &sessions, &retried)
	if err != nil || sessions != workers*calls || retried < 1 || retried > workers {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestRun_FailsWithTheDefaultPolicy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "api-key")
	err := run(t.Context(), file, io.Discard, facade.WithRetries(facade.DefaultRetryConfig()))
	if !errors.Is(err, apierrors.ErrUnauthorized) {
		t.Errorf("error %v, want a 401", err)
	}
}

func TestKeyFile_FailsTheCallWithItsCause(t *testing.T) {
	t.Parallel()
	missing := facade.WithAPIKeyFunc(keyFile(filepath.Join(t.TempDir(), "missing")))
	err := run(t.Context(), filepath.Join(t.TempDir(), "api-key"), io.Discard, missing)
	if _, ok := errors.AsType[*apierrors.TransportError](err); !ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want a *TransportError that wraps fs.ErrNotExist", err)
	}
}
