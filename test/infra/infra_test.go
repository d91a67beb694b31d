//go:build linux

// Package infra runs the library behind real components on the loopback
// interface: nginx, haproxy, tinyproxy and toxiproxy, in front of an origin in
// another process. It has tests only; `make infra` runs them.
//
// Each scenario runs with three clients: this library, net/http without retries,
// and go-retryablehttp with its defaults. The test prints a row for each, and
// checks that the library does what facade/FAULTS.md promises. Scenarios of a
// component that is not installed are skipped, or fail if REQUIRE_INFRA=1.
package infra

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// scenario is a load on some components, and what the library promises for it in
// addition to its promises for every scenario.
type scenario struct {
	name  string
	start func(*lab)

	calls     int
	callers   int           // concurrent ones
	think     time.Duration // pause of a caller between two calls
	warm      int           // concurrent calls before the load, to fill the connection pool
	fileLimit uint64        // of file descriptors during the load, none if 0

	allSucceed bool   // every call creates a session
	oneAttempt bool   // the errors are permanent, so no call is retried
	recovers   bool   // one more call after the load creates a session
	message    string // part of every error message
}

var scenarios = slices.Concat(
	nginxScenarios, haproxyScenarios, tinyproxyScenarios, toxiproxyScenarios, originScenarios,
)

// The test binary is also the program of the origin.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "origin" {
		serveOrigin(os.Args[2])
	}
	os.Exit(m.Run())
}

// Not parallel: it counts goroutines and file descriptors.
func TestInfra(t *testing.T) {
	if os.Getenv("INFRA") != "1" {
		t.Skip("takes two minutes; run make infra")
	}
	t.Setenv("SSL_CERT_FILE", writeCertificate(t))
	t.Setenv("HTTPS_PROXY", "http://"+tinyproxyAddr)

	table := "\n| scenario | client | calls | sessions | errors | attempts | requests at the origin |\n" +
		"| --- | --- | ---: | ---: | --- | ---: | ---: |\n"
	for _, s := range scenarios {
		for _, client := range clients {
			t.Run(s.name+"/"+client.name, func(t *testing.T) {
				t.Cleanup(func() {
					if t.Skipped() {
						table += fmt.Sprintf("| %s | %s | not run | | | | |\n", s.name, client.name)
					}
				})
				l := newLab(t)
				s.start(l)

				r := s.load(l, client.new(l))
				table += fmt.Sprintf("| %s | %s | %d | %d | %s | %d | %d |\n",
					s.name, client.name, s.calls, r.sessions, r.errorTypes(), r.attempts, r.requests)
				if client.name == "vault-go" {
					s.check(t, r)
				}
			})
		}
	}
	fmt.Println(table)
}

// check fails the test unless the library kept its promises.
func (s scenario) check(t *testing.T, r result) {
	// A retry that fails costs 1 of a budget of 100, to which a successful call adds
	// 0.1, and 10 s add 1. Repeats after a lost connection are free.
	budget := 100 + float64(r.sessions-r.rescued)/10 + r.seconds/10
	failedRetries := r.attempts - s.calls - r.rescued - r.lostConns

	for _, promise := range []struct {
		text string
		kept bool
	}{
		{"every error has a type of package errors, and its message says " + s.message, r.unexpected == ""},
		{"failed retries are within the budget", float64(failedRetries) <= budget},
		{"a session takes a request", r.requests >= r.sessions},
		{"an attempt sends at most 2 requests", r.requests <= 2*r.attempts},
		{"CloseIdleConnections leaves no goroutine", r.goroutines <= 0},
		{"CloseIdleConnections leaves no socket", r.files <= 0},
		{"every call creates a session", !s.allSucceed || r.sessions == s.calls},
		{"permanent errors are not retried", !s.oneAttempt || r.attempts == s.calls},
		{"a call after the load creates a session", !s.recovers || r.recovered},
	} {
		if !promise.kept {
			t.Errorf("not kept: %s: %+v", promise.text, r)
		}
	}
}
