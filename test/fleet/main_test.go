package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// down is an API that responds to every attempt with 503.
type down struct{ attempts int }

func (d *down) RoundTrip(req *http.Request) (*http.Response, error) {
	d.attempts++
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: req}, nil
}

func TestPolicies_ModelRetriesLikeTheLibrary(t *testing.T) {
	t.Parallel()
	const calls = 600
	check := func(name string, calls, attempts int, seconds float64) {
		if retries, most := attempts-calls, 100+int(seconds/10)+1; retries < 100 || retries > most {
			t.Errorf("%s made %d retries in %.0f s, want 100 to %d", name, retries, seconds, most)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		api := new(down)
		client, err := facade.New(facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithConsumerID("consumer"),
			facade.WithHTTPClient(&http.Client{Transport: api}))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range calls {
			if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err == nil {
				t.Fatal("a call succeeded in the outage")
			}
			time.Sleep(100 * time.Millisecond) // of virtual time
		}
		check("the library", calls, api.attempts, time.Since(start).Seconds())
	})

	s := scenario{clients: 1, callsPerSecond: 10, up: 60, failing: 1, capacity: 1e6, lastCall: 60, end: 120}
	r := s.simulate(policies[0])
	check("the model", r.calls, int(s.load(r)*float64(r.calls)+0.5), s.up)
}

func TestSimulate_RetriesDoNotMultiplyAnOutage(t *testing.T) {
	t.Parallel()
	s := outage
	s.clients, s.capacity = 30, 450
	own := s.simulate(policies[0])
	if s.load(own) > 1.2 || s.recovery(own) > 1 {
		t.Errorf("load %.2f, recovery %d s", s.load(own), s.recovery(own))
	}
	// A policy without a budget shows that the scenario can detect it.
	if other := s.simulate(policies[4]); s.load(other) < 4 || s.recovery(other) < 5 {
		t.Errorf("5 attempts without a budget: load %.2f, recovery %d s", s.load(other), s.recovery(other))
	}
	s.failing = partial().failing
	own, small := s.simulate(policies[0]), s.simulate(policies[1])
	if own.percent(own.lost) > 1 || small.lost < 2*own.lost {
		t.Errorf("%d and %d of %d calls lost in a partial outage", own.lost, small.lost, own.calls)
	}
}
