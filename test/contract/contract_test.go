// Package contract checks what goes over the wire against openapi.yaml, with an
// independent validator.
package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/apideck-community/vault-go/facade"
)

const contractFile = "../../openapi.yaml"

// contract is openapi.yaml with closed objects. The API may ignore an unknown key,
// but a client that sends one has a typo.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

func load(tb testing.TB) *contract {
	tb.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		tb.Fatal(err)
	}
	doc.Servers = nil // tests send to the loopback interface
	for _, schema := range doc.Components.Schemas {
		tighten(schema)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		tb.Fatal(err)
	}
	return &contract{doc, router}
}

// tighten disallows additional properties in every schema with properties that does
// not mention them.
func tighten(ref *openapi3.SchemaRef) {
	if ref == nil {
		return
	}
	others := &ref.Value.AdditionalProperties
	if len(ref.Value.Properties) > 0 && others.Has == nil && others.Schema == nil {
		others.Has = new(false)
	}
	for _, property := range ref.Value.Properties {
		tighten(property)
	}
	tighten(ref.Value.Items)
	tighten(others.Schema)
}

func (c *contract) sessionsCreate() *openapi3.Operation {
	return c.doc.Paths.Value("/vault/sessions").Post
}

// session returns the schema of the request.
func (c *contract) session() *openapi3.Schema {
	return c.sessionsCreate().RequestBody.Value.Content["application/json"].Schema.Value
}

var options = &openapi3filter.Options{
	AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	IncludeResponseStatus:             true,
	RejectWhenRequestBodyNotSpecified: true,
	SkipSettingDefaults:               true,
}

// checkRequest validates a request, whose body can still be read afterwards.
func (c *contract) checkRequest(req *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	return in, openapi3filter.ValidateRequest(req.Context(), in)
}

// checkResponse validates the response to a request, whose body can still be read
// afterwards.
func checkResponse(in *openapi3filter.RequestValidationInput, resp *http.Response) error {
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 resp.StatusCode,
		Header:                 resp.Header,
		Body:                   resp.Body,
		Options:                options,
	}
	err := openapi3filter.ValidateResponse(context.Background(), out)
	resp.Body = out.Body
	return err
}

// transport is an http.RoundTripper that fails the test if a request or a response
// does not conform to the contract.
type transport struct {
	*contract
	tb   testing.TB
	next http.RoundTripper
}

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	in, err := t.checkRequest(req)
	if err != nil {
		t.tb.Errorf("request: %v", err)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if err := checkResponse(in, resp); err != nil {
		t.tb.Errorf("response: %v", err)
	}
	return resp, nil
}

// option makes a client send its requests through t.
func (t transport) option() facade.Option {
	return facade.WithHTTPClient(&http.Client{Transport: t})
}

func encode(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func sameJSON(a, b []byte) bool {
	var x, y any
	err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y))
	return err == nil && reflect.DeepEqual(x, y)
}
