// Command key-rotation replaces the API key under load without a failed call.
// It needs no account: a stand-in API accepts one key at a time, and revokes the
// old key as soon as the new one is in place.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	dir, err := os.MkdirTemp("", "key-rotation")
	if err != nil {
		log.Fatal(err)
	}
	err = run(context.Background(), filepath.Join(dir, "api-key"), os.Stdout)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

// keyFile returns a function that reads the key from a file, such as one mounted
// by a secret manager. It reads the file for each attempt, which takes
// microseconds and needs no file watcher and no lock.
func keyFile(name string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		key, err := os.ReadFile(name)
		return strings.TrimSpace(string(key)), err
	}
}

// retryUnauthorized returns the default policy plus status 401. An attempt in
// flight when the key is replaced sends the old key; the retry reads the new one.
//
// Each retry takes a token from the client's budget, which holds 100. If more
// calls are in flight, or the old key can stay valid for a while, replace the
// file, wait for the timeout of an attempt (15 s), and then revoke the old key.
// No attempt gets a 401 then, and this policy is not needed.
func retryUnauthorized() facade.RetryConfig {
	retries := facade.DefaultRetryConfig()
	retries.StatusCodes = append(retries.StatusCodes, http.StatusUnauthorized)
	retries.InitialInterval = 10 * time.Millisecond
	return retries
}

const (
	workers  = 8
	calls    = 25 // of each worker
	rotateAt = 100
)

// run creates sessions with all workers while the key is replaced.
func run(ctx context.Context, file string, out io.Writer, opts ...facade.Option) error {
	vault, err := vaulttest.Start(vaulttest.InProcess())
	if err != nil {
		return err
	}
	defer vault.Close()
	api := &api{vault: vault, file: file}
	if err := api.replaceKey("key-0"); err != nil {
		return err
	}
	server := httptest.NewServer(api)
	defer server.Close()
	client, err := facade.New(append([]facade.Option{
		facade.WithBaseURL(server.URL),
		facade.WithAppID("test-app"),
		facade.WithAPIKeyFunc(keyFile(file)),
		facade.WithRetries(retryUnauthorized()),
	}, opts...)...)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()

	var sessions, retried atomic.Int64
	failures := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for range calls {
				resp, err := client.Vault.Sessions.Create(ctx, facade.Session{}, facade.WithConsumerID(fmt.Sprint("account:", w)))
				if err != nil {
					failures[w] = err
					return
				}
				sessions.Add(1)
				if resp.Attempts > 1 {
					retried.Add(1)
				}
			}
		})
	}
	all.Wait()
	fmt.Fprintf(out, "%d sessions, %d of them after a retry with the new key\n", sessions.Load(), retried.Load())
	return errors.Join(failures...)
}

// api accepts one key. It replaces the key when request rotateAt arrives, so
// that this request is rejected.
type api struct {
	vault *vaulttest.Server
	file  string

	mu      sync.Mutex
	arrived int
	key     string
}

// replaceKey replaces the file atomically: a reader sees the old key or the new
// one.
func (a *api) replaceKey(key string) error {
	a.key = key
	if err := os.WriteFile(a.file+".next", []byte(key+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(a.file+".next", a.file)
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.arrived++
	if a.arrived == rotateAt {
		if err := a.replaceKey("key-1"); err != nil {
			panic(err)
		}
	}
	accepted := r.Header.Get("Authorization") == "Bearer "+a.key
	a.mu.Unlock()
	if !accepted {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.vault.ServeHTTP(w, r)
}
