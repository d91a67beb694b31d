// Package gen is the raw client that oapi-codegen generates from openapi.yaml.
//
// Use package [github.com/apideck-community/vault-go/facade] instead. The types
// that it takes from here, such as [Session] and [SessionData], change only as it
// does. Everything else may change with the contract or the generator. The client
// does not authenticate, does not retry, and does not limit what it reads.
//
// `make generate` writes client.gen.go; never edit it. redact.go is written by
// hand: it keeps session tokens out of logs, and its methods must be in the
// package of their types.
package gen
