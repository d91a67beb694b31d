// Command finish completes what oapi-codegen generates. It
//
//   - rejects a contract whose Go types would lose data,
//   - rewrites comments in gen/client.gen.go that speak of other projects or do
//     not begin with the name they are for,
//   - writes facade/enums.gen.go, which re-exports the enum constants, and
//     vaulttest/enums.gen.go, which lists their values and the defaults of the
//     settings.
//
// Run it with `make generate`.
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3"
)

const (
	contractFile = "../openapi.yaml"
	overlayFile  = "../openapi.overlay.yaml"
	source       = "../gen/client.gen.go"
	constTarget  = "../facade/enums.gen.go"
	listTarget   = "../vaulttest/enums.gen.go"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("finish: ")
	contract := loadContract()
	check(checkTypes("", contract))

	code, err := os.ReadFile(source)
	check(err)
	write(source, tidy(code))

	constants, lists := enums(code)
	lists += "\nvar settingDefaults = map[string]string{\n"
	settings := at(contract, "components", "schemas", "Settings", "properties")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if value := at(settings, name)["default"]; value != nil {
			lists += fmt.Sprintf("%q: %q,\n", name, fmt.Sprint(value))
		}
	}
	write(constTarget, []byte(constants))
	write(listTarget, []byte(lists+"}\n"))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// loadContract returns openapi.yaml with the overlay applied.
func loadContract() (contract map[string]any) {
	text, err := os.ReadFile(contractFile)
	check(err)
	var root yaml.Node
	check(yaml.Unmarshal(text, &root))
	actions, err := overlay.Parse(overlayFile)
	check(err)
	check(actions.ApplyTo(&root))
	check(root.Decode(&contract))
	return contract
}

// at returns the object at a path of keys, or nil.
func at(object map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		object, _ = object[key].(map[string]any)
	}
	return object
}

// checkTypes returns an error for each schema at or below v whose Go type would
// lose values. path is where v is.
func checkTypes(path string, v any) error {
	fields, _ := v.(map[string]any)
	goType := fields["x-go-type"]
	others := fields["additionalProperties"]
	isOpen := fields["properties"] != nil && others != nil && others != false

	var errs []error
	if goType == "Secret" && fields["type"] != "string" {
		errs = append(errs, fmt.Errorf("%s: x-go-type: Secret is for a property of type string", path))
	}
	if isOpen && goType == nil {
		errs = append(errs, fmt.Errorf("%s: has properties and others: "+
			"give it x-go-type: 'map[string]any' in openapi.overlay.yaml", path))
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		errs = append(errs, checkTypes(strings.TrimPrefix(path+"."+key, "."), fields[key]))
	}
	elements, _ := v.([]any)
	for i, element := range elements {
		errs = append(errs, checkTypes(fmt.Sprintf("%s[%d]", path, i), element))
	}
	return errors.Join(errs...)
}

// comments are those of oapi-codegen's templates that are replaced.
var comments = strings.NewReplacer(
	"https://api.deepmap.com/dev-test", "https://unify.apideck.com/v2",
	"https://api.deepmap.com", "https://unify.apideck.com",
	"// Doer performs HTTP requests.", "// HttpRequestDoer performs HTTP requests.",
	"// Client which conforms to the OpenAPI3 specification for this service.",
	"// Client sends the requests of the contract's operations.",
	"// Creates a new Client, with reasonable defaults", "// NewClient returns a client of the server.",
	"// The interface specification for the client above.", "// ClientInterface has the methods of [Client].",
)

var (
	model  = regexp.MustCompile(`(?m)^// (\w+) defines model for (.+)\.$`)
	values = regexp.MustCompile(`(?m)^// Defines values for (\w+)\.$`)
)

// tidy returns code with better comments.
func tidy(code []byte) []byte {
	code = []byte(comments.Replace(string(code)))
	code = model.ReplaceAll(code, []byte("// $1 is $2 in openapi.yaml."))
	return values.ReplaceAll(code, []byte("// The values of [$1] in openapi.yaml."))
}

// enums returns the beginnings of the files with the constants and with the lists of
// values.
func enums(code []byte) (constants, lists string) {
	file, err := parser.ParseFile(token.NewFileSet(), source, code, 0)
	check(err)
	constants = header("facade")
	lists = header("vaulttest")
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		typ, ok := group.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident)
		if !ok {
			continue // not an enum: an untyped constant such as the server's URL
		}

		names := map[string]string{}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			names[value.Names[0].Name] = types.ExprString(value.Values[0])
		}
		checkNames(typ.Name, names)

		constants += fmt.Sprintf("\n// The values of %s in the API contract.\nconst (\n", typ.Name)
		lists += fmt.Sprintf("\nvar every%s = []gen.%s{\n", typ.Name, typ.Name)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			constants += fmt.Sprintf("%s = gen.%s // %s\n", name, name, names[name])
			lists += fmt.Sprintf("gen.%s,\n", name)
		}
		constants += ")\n"
		lists += "}\n"
	}
	return constants, lists
}

// checkNames fails if a constant has the name of another value of its enum: the list
// in x-enum-varnames is in another order than the values.
func checkNames(typ string, values map[string]string) {
	for name, value := range values {
		own := letters(strings.TrimPrefix(name, typ))
		for _, other := range values {
			if own != letters(value) && own == letters(other) {
				log.Fatalf("%s = %s: the name is that of %s; check x-enum-varnames", name, value, other)
			}
		}
	}
}

var others = regexp.MustCompile(`[^a-z0-9]`)

// letters returns the letters and digits of s in lower case.
func letters(s string) string {
	return others.ReplaceAllString(strings.ToLower(s), "")
}

func header(pkg string) string {
	return `// Code generated by tools/finish from openapi.yaml; DO NOT EDIT.

package ` + pkg + `

import "github.com/apideck-community/vault-go/gen"
`
}

func write(target string, code []byte) {
	code, err := format.Source(code)
	check(err)
	check(os.WriteFile(target, code, 0o644))
}
