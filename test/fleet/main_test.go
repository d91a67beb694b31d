package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestPolicies_ModelRetriesLikeTheLibrary(t *testing.T) {
	t.Parallel()
	const (
		seconds = 60
		calls   = 10 * seconds
		most    = 100 + seconds/10 + 1
	)
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(vaulttest.Reply{Status: http.StatusServiceUnavailable, Times: -1})
		client := vault.Client(facade.WithConsumerID("consumer"))
		for range calls {
			if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err == nil {
				t.Fatal("a call succeeded in the outage")
			}
			time.Sleep(seconds * time.Second / calls) // of virtual time
		}
		if retries := len(vault.Requests()) - calls; retries < 100 || retries > most {
			t.Errorf("the library makes %d retries", retries)
		}
	})

	s := outage
	s.clients = 1
	s.down, s.up, s.lastCall = 0, seconds, seconds
	r := s.simulate(policies[0])
	if retries := int((s.load(r)-1)*float64(r.calls) + 0.5); retries < 100 || retries > most {
		t.Errorf("the model makes %d retries", retries)
	}
}

func TestSimulate_RetriesDoNotMultiplyAnOutage(t *testing.T) {
	t.Parallel()
	s := outage
	s.clients, s.capacity = 30, 450
	library := s.simulate(policies[0])
	if s.load(library) > 1.2 || s.recovery(library) > 1 {
		t.Errorf("load %.2f, recovery %d s", s.load(library), s.recovery(library))
	}
	// A policy without a budget shows that the scenario can detect it.
	if other := s.simulate(policies[4]); s.load(other) < 4 || s.recovery(other) < 5 {
		t.Errorf("5 attempts without a budget: load %.2f, recovery %d s", s.load(other), s.recovery(other))
	}

	s.failing = 0.3
	library, small := s.simulate(policies[0]), s.simulate(policies[1])
	if library.percent(library.lost) > 1 || small.lost < 2*library.lost {
		t.Errorf("%d and %d of %d calls lost in a partial outage", library.lost, small.lost, library.calls)
	}
}
