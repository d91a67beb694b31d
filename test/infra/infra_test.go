//go:build linux

// Package infra runs the library behind real components on the loopback
// interface: nginx, haproxy, tinyproxy and toxiproxy, in front of an origin in
// another process. It has tests only; `make infra` runs them.
//
// The test prints a row for each scenario, and checks that the library does what
// facade/FAULTS.md promises. Scenarios of a component that is not installed are
// skipped, or fail if REQUIRE_INFRA=1.
package infra

import (
	"fmt"
	"os"
	"testing"
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
		t.Skip("takes a minute; run make infra")
	}
	t.Setenv("SSL_CERT_FILE", writeCertificate(t))
	t.Setenv("HTTPS_PROXY", "http://"+tinyproxyAddr)

	table := "\n| scenario | calls | sessions | errors | attempts | requests at the origin |\n" +
		"| --- | ---: | ---: | --- | ---: | ---: |\n"
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Skipped() {
					table += fmt.Sprintf("| %s | not run | | | | |\n", s.name)
				}
			})
			l := newLab(t)
			s.start(l)

			r := l.load(s)
			table += fmt.Sprintf("| %s | %d | %d | %s | %d | %d |\n",
				s.name, s.calls, r.sessions, r.errorTypes(), r.attempts, r.requests)
			s.check(t, r)
		})
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
		{"every error has a type of package errors, and the proxy's rejection if any", r.unexpected == ""},
		{"failed retries are within the budget", float64(failedRetries) <= budget},
		{"a session takes a request", r.requests >= r.sessions},
		{"an attempt sends at most 2 requests", r.requests <= 2*r.attempts},
		{"CloseIdleConnections leaves no goroutine", r.goroutines <= 0},
		{"CloseIdleConnections leaves no socket", r.files <= 0},
		{"every call creates a session", !s.allSucceed || r.sessions == s.calls},
		{"a rejection by the proxy is not retried", s.rejection == "" || r.attempts == s.calls},
		{"a call after the load creates a session", !s.recovers || r.recovered},
	} {
		if !promise.kept {
			t.Errorf("not kept: %s: %+v", promise.text, r)
		}
	}
}
