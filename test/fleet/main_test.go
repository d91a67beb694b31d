package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/apideck-community/vault-go/facade"
)

// down is an API that answers every attempt with 503.
type down struct{ attempts int }

func (d *down) RoundTrip(req *http.Request) (*http.Response, error) {
	d.attempts++
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

func TestTheModelOfThisLibraryMakesAsManyAttemptsAsTheLibrary(t *testing.T) {
	t.Parallel()
	const calls = 600
	synctest.Test(t, func(t *testing.T) { // the library's waits take no time here
		api := new(down)
		client, err := facade.New(facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithConsumerID("consumer"),
			facade.WithHTTPClient(&http.Client{Transport: api}))
		if err != nil {
			t.Fatal(err)
		}
		for range calls {
			if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err == nil {
				t.Fatal("a call succeeded in the outage")
			}
		}
		if api.attempts != calls+10 {
			t.Errorf("the library made %d attempts for %d calls, want 10 more", api.attempts, calls)
		}
	})

	s := scenario{clients: 1, callsPerSecond: 10, up: 60, capacity: 1e6, lastCall: 60, end: 120, attemptsDuration: 0.05}
	r := s.simulate(policies[0])
	if r.outage != r.calls+10 {
		t.Errorf("the model made %d attempts for %d calls, want 10 more", r.outage, r.calls)
	}
}

func TestAnOutageIsNotMultipliedAndEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := standard
	s.clients, s.capacity = 100, 1500
	own := s.simulate(policies[0])
	if limit := own.calls + 10*s.clients; own.outage > limit || s.load(own) > 1.05 {
		t.Errorf("%d attempts in the outage, %.2f for each call", own.outage, s.load(own))
	}
	if got := s.recovery(own); got > 1 {
		t.Errorf("calls failed for %d s after the outage", got)
	}
	// A policy without a budget is the proof that the scenario can show it.
	if other := s.simulate(policies[3]); s.load(other) < 4 || s.recovery(other) < 5 {
		t.Errorf("5 attempts without a budget: load %.2f, recovery %d s; the simulation shows nothing", s.load(other), s.recovery(other))
	}
}

func TestThePictureIsXMLWithALineForEachPolicy(t *testing.T) {
	t.Parallel()
	s := standard
	s.clients, s.capacity = 10, 150
	var results []result
	for _, p := range policies {
		results = append(results, s.simulate(p))
	}
	var out bytes.Buffer
	if err := plot(&out, s, results); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for d := xml.NewDecoder(&out); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != len(policies) {
		t.Errorf("%d lines, want %d", lines, len(policies))
	}
}
