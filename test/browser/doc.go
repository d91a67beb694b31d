// Package browser drives a real Chromium through examples/webapp and the hosted
// page of package vaulttest. It has tests only; `make browser` runs them and
// installs axe-core. Screenshots go to artifacts/ at the root of the repository.
package browser
