//go:build generate

// Package tools holds the directive that generates package gen from openapi.yaml.
//
// The generator is pinned in tools/go.mod. A blank import here would add it and
// its dependencies to the module graph of everyone who imports this library.
package tools

//go:generate go tool -modfile=tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
//go:generate go run -C tools ./finish
