// Package browser drives a real Chromium through examples/webapp and the hosted
// page of package vaulttest. It has tests only.
//
// Without Chromium, or without axe-core (npm ci in this directory), the tests
// that need it skip; REQUIRE_BROWSER=1 makes that a failure. Each run writes its
// screenshots to artifacts/ at the root of the repository.
package browser
