// Package differential compares what package vaulttest accepts with what
// kin-openapi makes of openapi.yaml. It has tests only.
package differential
