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

// contract is openapi.yaml with closed objects. The API may ignore an unknown key,
// but a client that sends one has a typo.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	enums  []string // the values of every enum
}

func load(tb testing.TB) *contract {
	tb.Helper()
	open, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		tb.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(encode(tb, open), &tree); err != nil {
		tb.Fatal(err)
	}
	c := new(contract)
	c.tighten(tree)
	if c.doc, err = openapi3.NewLoader().LoadFromData(encode(tb, tree)); err != nil {
		tb.Fatal(err)
	}
	if c.router, err = gorillamux.NewRouter(c.doc); err != nil {
		tb.Fatal(err)
	}
	return c
}

// tighten disallows additional properties in every schema with properties that does
// not mention them, and collects the values of enums.
func (c *contract) tighten(node any) {
	switch node := node.(type) {
	case map[string]any:
		_, object := node["properties"]
		if _, says := node["additionalProperties"]; object && !says {
			node["additionalProperties"] = false
		}
		if values, ok := node["enum"].([]any); ok {
			for _, value := range values {
				c.enums = append(c.enums, value.(string))
			}
		}
		for _, child := range node {
			c.tighten(child)
		}
	case []any:
		for _, child := range node {
			c.tighten(child)
		}
	}
}

// exchange is a request and its response.
type exchange struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte

	Status      int // 0: no response
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

// checkBearer checks what the contract only describes: the key is sent once, with
// the scheme and otherwise unchanged.
func checkBearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	values := in.RequestValidationInput.Request.Header.Values(in.SecurityScheme.Name)
	if len(values) != 1 || !bearer.MatchString(values[0]) || strings.HasPrefix(values[0], "Bearer Bearer") {
		return errors.New("Authorization must be exactly one bearer key")
	}
	return nil
}

// check validates the request, including its absolute URL, and the response if
// there is one.
func (c *contract) check(e exchange) error {
	req, err := http.NewRequest(e.Method, e.URL, bytes.NewReader(e.Body))
	if err != nil {
		return err
	}
	req.Header = e.Header.Clone()
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", e.Method, e.URL, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if accept := req.Header.Get("Accept"); accept != "application/json" {
		return fmt.Errorf("request: Accept is %q", accept)
	}
	if e.Status == 0 {
		return nil
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 e.Status,
		Header:                 e.ReplyHeader,
		Body:                   io.NopCloser(bytes.NewReader(e.ReplyBody)),
		Options:                options,
	})
	if err != nil {
		return fmt.Errorf("response %d: %w", e.Status, err)
	}
	return nil
}

// atContractServer returns e with the URL of the contract's server, because tests
// send to the loopback interface.
func (c *contract) atContractServer(e exchange) exchange {
	if u, err := url.Parse(e.URL); err == nil {
		e.URL = c.doc.Servers[0].URL + u.RequestURI()
	}
	return e
}

// tap is an http.RoundTripper that records every exchange.
type tap struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []exchange
}

func (t *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	e := exchange{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body.Close()
	e.Body = body
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(body))
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

// take returns the exchanges since it was last called.
func (t *tap) take() []exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.exchanges
	t.exchanges = nil
	return taken
}

func (t *tap) last() exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.exchanges[len(t.exchanges)-1]
}

// client returns an option that sends requests through t.
func (t *tap) client() facade.Option {
	return facade.WithHTTPClient(&http.Client{Transport: t})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
