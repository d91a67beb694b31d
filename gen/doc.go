// Package gen is the raw client that oapi-codegen writes from openapi.yaml.
//
// Use package [github.com/apideck-community/vault-go/facade] instead. Its
// session types are those of this package. What else is here does not
// authenticate, does not retry, does not bound what it reads, and changes
// whenever the contract or the generator does.
//
// client.gen.go is written by `make generate`; never edit it. redact.go is
// written by hand: it keeps session tokens out of logs, and it has to be here
// because methods belong to the package of their type.
package gen
