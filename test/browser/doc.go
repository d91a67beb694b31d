// Package browser drives a real Chromium through examples/webapp and the hosted
// page of package vaulttest. It has tests only.
//
// Tests that need Chromium or axe-core (npm ci in this directory) are skipped
// without it, or fail if REQUIRE_BROWSER is set. Screenshots go to artifacts/ at
// the root of the repository.
package browser
