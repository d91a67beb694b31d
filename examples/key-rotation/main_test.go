package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestNoCallFailsWhenTheKeyIsReplacedUnderLoad(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	// The request with which the key is replaced is refused, and so are those
	// that were under way with it: at most one of each other worker.
	var sessions, retried, accepted0, refused0, accepted1, refused1 int
	_, err := fmt.Sscanf(out.String(), "%d sessions, %d of them after a retry with the new key\n"+
		"key 0: %d accepted, %d refused\nkey 1: %d accepted, %d refused\n",
		&sessions, &retried, &accepted0, &refused0, &accepted1, &refused1)
	if err != nil {
		t.Fatalf("%v: %q", err, out.String())
	}
	if sessions != workers*calls || accepted0 != rotateAt-1 || accepted0+accepted1 != sessions || refused1 != 0 {
		t.Errorf("not every call made a session with the key of its time:\n%s", out.String())
	}
	if refused0 < 1 || refused0 > workers || retried != refused0 {
		t.Errorf("%d requests came with the old key and %d calls were retried, want 1 to %d of both", refused0, retried, workers)
	}
}

// clientOf returns a client of an API that replaces the key with its first
// request.
func clientOf(t *testing.T, opts ...facade.Option) *facade.Client {
	a, err := startAPI(filepath.Join(t.TempDir(), "api-key"), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	client, err := facade.New(append([]facade.Option{
		facade.WithBaseURL(a.url), facade.WithAppID("test-app"), facade.WithConsumerID("test-consumer"),
		facade.WithAPIKeyFunc(keyFile(a.keyFile)),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestRetryAfterARotationUsesTheNewKey(t *testing.T) {
	t.Parallel()
	resp, err := clientOf(t, facade.WithRetries(retryUnauthorized())).Vault.Sessions.Create(t.Context(), facade.Session{})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Attempts != 2 {
		t.Errorf("%d attempts, want 2", resp.Attempts)
	}
}

func TestDefaultPolicyDoesNotRetryAKeyThatIsRefused(t *testing.T) {
	t.Parallel()
	_, err := clientOf(t).Vault.Sessions.Create(t.Context(), facade.Session{})
	if !errors.Is(err, apierrors.ErrUnauthorized) {
		t.Errorf("error %v, want a 401", err)
	}
}

func TestMissingKeyFileEndsTheCallWithItsCause(t *testing.T) {
	t.Parallel()
	missing := facade.WithAPIKeyFunc(keyFile(filepath.Join(t.TempDir(), "gone")))
	_, err := clientOf(t, missing).Vault.Sessions.Create(t.Context(), facade.Session{})
	if _, ok := errors.AsType[*apierrors.TransportError](err); !ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want a *TransportError that the file does not exist", err)
	}
}
