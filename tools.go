//go:build generate

// Package tools holds the one directive that turns openapi.yaml into gen/.
//
// It imports nothing. A blank import of the generator would put the generator
// and its dependencies into go.mod, and so into the module graph of everyone
// who imports this library. The generator is pinned in tools/go.mod instead.
package tools

//go:generate go tool -modfile=tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
