// Package contract checks what goes over the wire against openapi.yaml, with a
// validator that knows nothing of this library.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/apideck-community/vault-go/facade"
)

const contractFile = "../../openapi.yaml"

// contract is openapi.yaml, ready to judge exchanges.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

// theContract is openapi.yaml with its open objects closed. The API may ignore
// a key that it does not know; a client that sends one has a typing error.
var theContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		return nil, err
	}
	tighten(doc)
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc, router}, err
})

func load(tb testing.TB) *contract {
	tb.Helper()
	c, err := theContract()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// tighten closes every object that lists properties and does not say whether
// there may be others. Components come first: a reference is closed with them.
func tighten(doc *openapi3.T) {
	seen := make(map[*openapi3.Schema]bool)
	var closeAll func(ref *openapi3.SchemaRef)
	closeAll = func(ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
			s.AdditionalProperties.Has = new(false)
		}
		for _, property := range s.Properties {
			closeAll(property)
		}
		for _, refs := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf, {s.Items, s.AdditionalProperties.Schema}} {
			for _, r := range refs {
				closeAll(r)
			}
		}
	}
	for _, schema := range doc.Components.Schemas {
		closeAll(schema)
	}
	for _, operation := range operations(doc) {
		for _, media := range bodies(operation) {
			closeAll(media.Schema)
		}
	}
}

func operations(doc *openapi3.T) []*openapi3.Operation {
	var all []*openapi3.Operation
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			all = append(all, operation)
		}
	}
	return all
}

// bodies returns the media types of the operation's request and responses.
func bodies(operation *openapi3.Operation) []*openapi3.MediaType {
	var all []*openapi3.MediaType
	if operation.RequestBody != nil {
		for _, media := range operation.RequestBody.Value.Content {
			all = append(all, media)
		}
	}
	for _, response := range operation.Responses.Map() {
		for _, media := range response.Value.Content {
			all = append(all, media)
		}
	}
	return all
}

// exchange is one request and its answer, as bytes. Validation may rewrite a
// body (it fills in defaults), so the bytes are taken before it.
type exchange struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte

	Status      int // 0: no answer was recorded
	ReplyHeader http.Header
	ReplyBody   []byte
}

var options = &openapi3filter.Options{
	AuthenticationFunc:                checkBearer,
	IncludeResponseStatus:             true,
	MultiError:                        true,
	RejectWhenRequestBodyNotSpecified: true,
	SkipSettingDefaults:               true,
}

var bearer = regexp.MustCompile(`^Bearer [!-~]([ -~]*[!-~])?$`)

// checkBearer stands for what the contract can only describe: the key is sent
// once, with the scheme, and as it was given.
func checkBearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.SecuritySchemeName != "apiKey" {
		return fmt.Errorf("the contract asks for %q, which the client does not send", in.SecuritySchemeName)
	}
	values := in.RequestValidationInput.Request.Header.Values(in.SecurityScheme.Name)
	if len(values) != 1 || !bearer.MatchString(values[0]) || strings.HasPrefix(values[0], "Bearer Bearer") {
		return errors.New("Authorization is not one bearer key")
	}
	return nil
}

// checkRequest validates the request, which must be for the absolute URL that
// the contract gives.
func (c *contract) checkRequest(e exchange) (*openapi3filter.RequestValidationInput, error) {
	req, err := http.NewRequest(e.Method, e.URL, bytes.NewReader(e.Body))
	if err != nil {
		return nil, err
	}
	req.Header = e.Header.Clone()
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", e.Method, e.URL, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		return nil, err
	}
	if accept := req.Header.Get("Accept"); accept != "application/json" {
		return nil, fmt.Errorf("Accept is %q", accept)
	}
	return in, nil
}

// check validates the request and, if there is one, the answer.
func (c *contract) check(e exchange) error {
	in, err := c.checkRequest(e)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if e.Status == 0 {
		return nil
	}
	return c.checkReply(in, e)
}

func (c *contract) checkReply(in *openapi3filter.RequestValidationInput, e exchange) error {
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 e.Status,
		Header:                 e.ReplyHeader,
		Body:                   io.NopCloser(bytes.NewReader(e.ReplyBody)),
		Options:                options,
	})
	if err != nil {
		return fmt.Errorf("answer %d: %w", e.Status, err)
	}
	return nil
}

// atContractServer returns e as if it had gone to the contract's own server:
// tests send to the loopback interface, some with a path in front.
func (c *contract) atContractServer(e exchange) exchange {
	u, err := url.Parse(e.URL)
	if err != nil {
		return e // checkRequest says so
	}
	for path := range c.doc.Paths.Map() {
		if strings.HasSuffix(u.Path, path) {
			e.URL = c.doc.Servers[0].URL + path
			if u.RawQuery != "" {
				e.URL += "?" + u.RawQuery
			}
		}
	}
	return e
}

// tap is an http.RoundTripper that keeps every exchange.
type tap struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []exchange
}

func (t *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	e := exchange{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body.Close()
		e.Body = body
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		e.Status, e.ReplyHeader = resp.StatusCode, resp.Header.Clone()
		e.ReplyBody, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(e.ReplyBody))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exchanges = append(t.exchanges, e)
	return resp, err
}

// last returns the newest exchange.
func (t *tap) last() exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.exchanges[len(t.exchanges)-1]
}

// client is the option that sends a facade's requests through t.
func (t *tap) client() facade.Option {
	return facade.WithHTTPClient(&http.Client{Transport: t})
}

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
