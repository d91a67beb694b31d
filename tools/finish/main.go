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
	"bytes"
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
	"unicode"

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
	contract, err := loadContract()
	if err != nil {
		log.Fatal(err)
	}
	if err := checkTypes("", contract); err != nil {
		log.Fatal(err)
	}

	code, err := os.ReadFile(source)
	if err != nil {
		log.Fatal(err)
	}
	write(source, tidy(code))

	constants, lists, err := enums(code)
	if err != nil {
		log.Fatal(err)
	}

	fmt.Fprintln(lists, "\nvar settingDefaults = map[string]string{")
	settings := at(contract, "components", "schemas", "Settings", "properties")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if value := at(settings, name)["default"]; value != nil {
			fmt.Fprintf(lists, "%q: %q,\n", name, fmt.Sprint(value))
		}
	}
	fmt.Fprintln(lists, "}")
	write(constTarget, constants.Bytes())
	write(listTarget, lists.Bytes())
}

// loadContract returns openapi.yaml with the overlay applied.
func loadContract() (map[string]any, error) {
	text, err := os.ReadFile(contractFile)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", contractFile, err)
	}
	actions, err := overlay.Parse(overlayFile)
	if err != nil {
		return nil, err
	}
	if err := actions.ApplyTo(&root); err != nil {
		return nil, err
	}
	var contract map[string]any
	err = root.Decode(&contract)
	return contract, err
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
	var errs []error
	switch v := v.(type) {
	case []any:
		for i, element := range v {
			errs = append(errs, checkTypes(fmt.Sprintf("%s[%d]", path, i), element))
		}
	case map[string]any:
		goType := v["x-go-type"]
		properties, _ := v["properties"].(map[string]any)
		others := v["additionalProperties"]
		isOpen := len(properties) > 0 && others != nil && others != false

		switch {
		case goType == "Secret" && v["type"] != "string":
			errs = append(errs, fmt.Errorf("%s: x-go-type: Secret is for a property of type string", path))
		case isOpen && goType == nil:
			errs = append(errs, fmt.Errorf("%s: has properties and others: "+
				"give it x-go-type: 'map[string]any' in openapi.overlay.yaml", path))
		}

		for _, key := range slices.Sorted(maps.Keys(v)) {
			errs = append(errs, checkTypes(strings.TrimPrefix(path+"."+key, "."), v[key]))
		}
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

// enums returns the files with the constants and with the lists of values.
func enums(code []byte) (constants, lists *bytes.Buffer, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), source, code, 0)
	if err != nil {
		return nil, nil, err
	}

	constants = header("facade")
	lists = header("vaulttest")
	found := false
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		typ, ok := group.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident)
		if !ok {
			continue // not an enum: an untyped constant such as the server's URL
		}
		found = true

		names := map[string]string{}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			names[value.Names[0].Name] = types.ExprString(value.Values[0])
		}
		if err := checkNames(typ.Name, names); err != nil {
			return nil, nil, err
		}

		fmt.Fprintf(constants, "\n// The values of %s in the API contract.\nconst (\n", typ.Name)
		fmt.Fprintf(lists, "\nvar every%s = []gen.%s{\n", typ.Name, typ.Name)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			fmt.Fprintf(constants, "%s = gen.%s // %s\n", name, name, names[name])
			fmt.Fprintf(lists, "gen.%s,\n", name)
		}
		fmt.Fprintln(constants, ")")
		fmt.Fprintln(lists, "}")
	}
	if !found {
		err = fmt.Errorf("no enum constant in %s", source)
	}
	return constants, lists, err
}

// checkNames returns an error if a constant has the name of another value of its
// enum: the list in x-enum-varnames is in another order than the values.
func checkNames(typ string, values map[string]string) error {
	for name, value := range values {
		own := letters(strings.TrimPrefix(name, typ))
		for _, other := range values {
			if own != letters(value) && own == letters(other) {
				return fmt.Errorf("%s = %s: the name is that of %s; check x-enum-varnames", name, value, other)
			}
		}
	}
	return nil
}

// letters returns the letters and digits of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func header(pkg string) *bytes.Buffer {
	return bytes.NewBufferString(`// Code generated by tools/finish from openapi.yaml; DO NOT EDIT.

package ` + pkg + `

import "github.com/apideck-community/vault-go/gen"
`)
}

func write(target string, code []byte) {
	code, err := format.Source(code)
	if err != nil {
		log.Fatalf("%s: %v", target, err)
	}
	if err := os.WriteFile(target, code, 0o644); err != nil {
		log.Fatal(err)
	}
}
