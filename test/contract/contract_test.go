// Package contract checks what goes over the wire against openapi.yaml, with an
// independent validator.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/apideck-community/vault-go/facade"
)

const (
	contractFile = "../../openapi.yaml"
	server       = "https://unify.apideck.com"
)

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
	seen := map[*openapi3.Schema]bool{}
	for _, schema := range doc.Components.Schemas {
		tighten(schema, seen)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		tb.Fatal(err)
	}
	return &contract{doc, router}
}

// tighten disallows additional properties in every schema with properties that does
// not mention them.
func tighten(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || seen[ref.Value] {
		return
	}
	seen[ref.Value] = true
	others := &ref.Value.AdditionalProperties
	if len(ref.Value.Properties) > 0 && others.Has == nil && others.Schema == nil {
		others.Has = new(false)
	}
	for _, property := range ref.Value.Properties {
		tighten(property, seen)
	}
	tighten(ref.Value.Items, seen)
	tighten(others.Schema, seen)
}

func (c *contract) sessionsCreate() *openapi3.Operation {
	return c.doc.Paths.Value("/vault/sessions").Post
}

// exchange is a request and its response, if there is one.
type exchange struct {
	req     *http.Request
	body    []byte
	resp    *http.Response
	respond []byte // the body of resp
}

var options = &openapi3filter.Options{
	AuthenticationFunc:                checkBearer,
	IncludeResponseStatus:             true,
	MultiError:                        true,
	RejectWhenRequestBodyNotSpecified: true,
	SkipSettingDefaults:               true,
}

// checkBearer checks the scheme, which the contract only describes.
func checkBearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	keys := in.RequestValidationInput.Request.Header.Values(in.SecurityScheme.Name)
	if len(keys) != 1 || !strings.HasPrefix(keys[0], "Bearer ") {
		return errors.New("Authorization must be one bearer key")
	}
	return nil
}

// check validates the request and the response if there is one. The host does not
// matter: tests send to the loopback interface.
func (c *contract) check(e exchange) error {
	req := e.req.Clone(context.Background())
	req.URL.Scheme, req.URL.Host, req.Host = "https", "unify.apideck.com", ""
	req.Body = io.NopCloser(bytes.NewReader(e.body))
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if accept := req.Header.Get("Accept"); accept != "application/json" {
		return fmt.Errorf("request: Accept is %q", accept)
	}
	if e.resp == nil {
		return nil
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 e.resp.StatusCode,
		Header:                 e.resp.Header,
		Body:                   io.NopCloser(bytes.NewReader(e.respond)),
		Options:                options,
	})
	if err != nil {
		return fmt.Errorf("response %s: %w", e.resp.Status, err)
	}
	return nil
}

// newRequest returns a request that has what the contract requires.
func newRequest(body string) exchange {
	req, err := http.NewRequest(http.MethodPost, server+"/vault/sessions", nil)
	if err != nil {
		panic(err)
	}
	req.Header = http.Header{
		"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
		"Content-Type": {"application/json"}, "Accept": {"application/json"},
	}
	return exchange{req: req, body: []byte(body)}
}

// tap is an http.RoundTripper that records every exchange. It is for one caller at
// a time.
type tap struct {
	next      http.RoundTripper
	exchanges []exchange
}

func (t *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	e := exchange{req: req.Clone(context.Background())}
	var err error
	if e.body, err = io.ReadAll(req.Body); err != nil {
		return nil, err
	}
	req.Body.Close()
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(e.body))
	if e.resp, err = t.next.RoundTrip(req); err != nil {
		return nil, err
	}
	if e.respond, err = io.ReadAll(e.resp.Body); err != nil {
		return nil, err
	}
	e.resp.Body.Close()
	e.resp.Body = io.NopCloser(bytes.NewReader(e.respond))
	t.exchanges = append(t.exchanges, e)
	return e.resp, nil
}

// take returns the exchanges since it was last called.
func (t *tap) take() []exchange {
	taken := t.exchanges
	t.exchanges = nil
	return taken
}

// option makes a client send its requests through t.
func (t *tap) option() facade.Option {
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

func sameJSON(tb testing.TB, a, b []byte) bool {
	tb.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		tb.Error(err)
		return false
	}
	return reflect.DeepEqual(x, y)
}
