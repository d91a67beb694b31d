// Package gen is the raw client that oapi-codegen generates from openapi.yaml.
//
// Use package [github.com/apideck-community/vault-go/facade] instead; it uses
// the session types of this package. The client here does not authenticate, does
// not retry, does not limit what it reads, and changes whenever the contract or
// the generator does.
//
// `make generate` writes client.gen.go; never edit it. redact.go is written by
// hand: it keeps session tokens out of logs, and its methods must be in the
// package of their types.
package gen
