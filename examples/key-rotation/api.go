package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"

	"github.com/apideck-community/vault-go/vaulttest"
)

// api is a stand-in API that accepts one key and, with a certain request,
// replaces it: first in the file, then for itself, so that the request at hand
// already comes too late.
type api struct {
	url     string
	keyFile string

	vault    *vaulttest.Server
	front    *httptest.Server
	rotateAt int

	mu       sync.Mutex
	arrived  int
	version  int
	accepted []int // requests, by the version of their key
	refused  []int
}

func startAPI(keyFile string, rotateAt int) (*api, error) {
	vault, err := vaulttest.Start()
	if err != nil {
		return nil, err
	}
	a := &api{keyFile: keyFile, vault: vault, rotateAt: rotateAt, accepted: make([]int, 2), refused: make([]int, 2)}
	if err := a.writeKey(0); err != nil {
		vault.Close()
		return nil, err
	}
	a.front = httptest.NewServer(http.HandlerFunc(a.serve))
	a.url = a.front.URL
	return a, nil
}

func (a *api) close() {
	a.front.Close()
	a.vault.Close()
}

func key(version int) string { return fmt.Sprint("key-", version) }

// writeKey replaces the file in one step: a reader sees the old key or the new
// one, never a part.
func (a *api) writeKey(version int) error {
	next := a.keyFile + ".next"
	if err := os.WriteFile(next, []byte(key(version)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(next, a.keyFile)
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	if !a.admit(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.vault.ServeHTTP(w, r)
}

func (a *api) admit(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.arrived++
	if a.arrived == a.rotateAt {
		if err := a.writeKey(1); err != nil {
			return false
		}
		a.version = 1
	}
	for version := range a.accepted {
		if r.Header.Get("Authorization") != "Bearer "+key(version) {
			continue
		}
		if version == a.version {
			a.accepted[version]++
			return true
		}
		a.refused[version]++
	}
	return false
}

// versions says what came with each version of the key.
func (a *api) versions() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for version := range a.accepted {
		lines = append(lines, fmt.Sprintf("key %d: %d accepted, %d refused", version, a.accepted[version], a.refused[version]))
	}
	return lines
}
