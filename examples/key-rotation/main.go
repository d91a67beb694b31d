// Command key-rotation replaces the API key under load without a failed call.
// It needs no account: a stand-in API knows one key at a time, and forgets it
// the moment it hands out the next.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// keyFile returns the key that stands in a file, as a secret manager mounts it.
// It is read for each attempt: that takes microseconds, and nothing has to
// watch the file or to guard a copy.
func keyFile(name string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		key, err := os.ReadFile(name)
		return strings.TrimSpace(string(key)), err
	}
}

// retryUnauthorized is the default policy, and 401 too: an attempt that is on
// its way while the key is replaced carries the old one, and the next attempt
// reads the new one.
//
// Every retry costs the client's budget, which holds 10. Where more calls are
// under way at once, or the old key can stay valid for a while, let it: replace
// the file, wait for the time limit of an attempt (15 s), then revoke. No
// attempt meets a 401 then, and this policy is not needed.
func retryUnauthorized() facade.RetryConfig {
	retries := facade.DefaultRetryConfig()
	retries.StatusCodes = append(retries.StatusCodes, 401)
	retries.InitialInterval = 10 * time.Millisecond
	return retries
}

const (
	workers  = 8
	calls    = 25 // of each worker
	rotateAt = 100
)

// run creates sessions with all workers and has the key replaced meanwhile.
func run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "key-rotation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	api, err := startAPI(filepath.Join(dir, "api-key"), rotateAt)
	if err != nil {
		return err
	}
	defer api.close()

	client, err := facade.New(
		facade.WithBaseURL(api.url),
		facade.WithAppID("test-app"),
		facade.WithAPIKeyFunc(keyFile(api.keyFile)),
		facade.WithRetries(retryUnauthorized()),
	)
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
	for _, version := range api.versions() {
		fmt.Fprintln(out, version)
	}
	return errors.Join(failures...)
}
