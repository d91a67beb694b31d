package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestContract_IsValidWithItsExamples(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	everything := []openapi3.ValidationOption{
		openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(),
		openapi3.EnableSchemaFormatValidation(), openapi3.EnableSchemaPatternValidation(),
	}
	if err := doc.Validate(context.Background(), everything...); err != nil {
		t.Errorf("as written: %v", err)
	}
	// With closed objects, a typo in a key of an example is an error too.
	if err := load(t).doc.Validate(context.Background(), everything...); err != nil {
		t.Errorf("with closed objects: %v", err)
	}
}

func TestSessionsCreate_SendsToTheContractsURL(t *testing.T) {
	t.Setenv(facade.EnvBaseURL, "") // the default, not the developer's
	c := load(t)
	wire := &tap{next: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("nothing leaves this machine")
	})}
	client, err := facade.New(wire.client(), facade.WithAPIKey("key"), facade.WithAppID("app"),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("test-consumer"))

	sent := wire.last()
	if sent.Method != "POST" || sent.URL != "https://unify.apideck.com/vault/sessions" {
		t.Errorf("sent %s %s", sent.Method, sent.URL)
	}
	if err := c.check(sent); err != nil { // the absolute URL, not rewritten
		t.Error(err)
	}
	for _, elsewhere := range []string{
		"https://vault.apideck.com/vault/sessions", "https://unify.apideck.com/vault/session",
	} {
		other := sent
		other.URL = elsewhere
		if c.check(other) == nil {
			t.Errorf("%s is accepted as the contract's URL", elsewhere)
		}
	}
}

func TestSessionsCreate_SendsEachExampleUnchanged(t *testing.T) {
	t.Parallel()
	c := load(t)
	examples := sessionsCreate(t, c.doc).RequestBody.Value.Content["application/json"].Examples
	if len(examples) == 0 {
		t.Fatal("the contract has no request example")
	}
	for name, example := range examples {
		want := encode(t, example.Value.Value)
		var session facade.Session
		if err := json.Unmarshal(want, &session); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wire := &tap{next: respond(http.StatusOK, []byte(`{}`))}
		_, _ = newClient(t, wire).Vault.Sessions.Create(t.Context(), session, facade.WithConsumerID("test-consumer"))
		if !sameJSON(t, wire.last().Body, want) {
			t.Errorf("%s: sent %s, want %s", name, wire.last().Body, want)
		}
	}
}

func TestSessionsCreate_DecodesEachExampleResponse(t *testing.T) {
	t.Parallel()
	c := load(t)
	sentinels := map[int]error{
		400: apierrors.ErrBadRequest, 401: apierrors.ErrUnauthorized, 402: apierrors.ErrPaymentRequired,
		404: apierrors.ErrNotFound, 422: apierrors.ErrUnprocessable, 503: apierrors.ErrServer,
	}
	for name, response := range sessionsCreate(t, c.doc).Responses.Map() {
		status, err := strconv.Atoi(name)
		if err != nil {
			status = http.StatusServiceUnavailable // the example of "default"
		}
		example := response.Value.Content["application/json"].Example
		if example == nil {
			t.Errorf("%s: the contract has no example", name)
			continue
		}
		body := encode(t, example)
		wire := &tap{next: respond(status, body)}
		sessions, consumer := newClient(t, wire).Vault.Sessions, facade.WithConsumerID("test-consumer")
		got, err := sessions.Create(t.Context(), facade.Session{}, consumer)
		if err := c.check(c.atContractServer(wire.last())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if status == http.StatusOK {
			if err != nil || !sameJSON(t, encode(t, got.CreateSessionResponse), body) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !errors.Is(err, sentinels[status]) || api.StatusCode != status {
			t.Errorf("%s: %v", name, err)
			continue
		}
		back := map[string]any{"status_code": api.StatusCode, "error": api.Title, "type_name": api.TypeName,
			"message": api.Message, "detail": api.Detail, "ref": api.Ref}
		if len(api.DownstreamErrors) > 0 {
			back["downstream_errors"] = api.DownstreamErrors
		}
		if !sameJSON(t, encode(t, back), body) {
			t.Errorf("%s: the error has %s, want %s", name, encode(t, back), body)
		}
	}
}

func TestAPIError_HasEveryProperty(t *testing.T) {
	t.Parallel()
	schema := load(t).doc.Components.Schemas["Error"]
	if schema == nil {
		t.Fatal("openapi.yaml has no schema Error")
	}
	decode := func(body map[string]any) string {
		resp := &http.Response{StatusCode: http.StatusTeapot}
		return string(encode(t, apierrors.NewAPIError("op", 1, resp, encode(t, body))))
	}
	for name, property := range schema.Value.Properties {
		if name != "status_code" && decode(map[string]any{name: property.Value.Example}) == decode(nil) {
			t.Errorf("%s is not decoded: give it a field in errors/api_error.go, and an example in openapi.yaml", name)
		}
	}
	list := func(e map[string]any) map[string]any { return map[string]any{"downstream_errors": []any{e}} }
	for name := range schema.Value.Properties["downstream_errors"].Value.Items.Value.Properties {
		if decode(list(map[string]any{name: "text"})) == decode(list(nil)) {
			t.Errorf("%s is not decoded: give it a field in errors/downstream_error.go", name)
		}
	}
}

func sessionsCreate(t *testing.T, doc *openapi3.T) *openapi3.Operation {
	t.Helper()
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			if operation.OperationID == "sessionsCreate" {
				return operation
			}
		}
	}
	t.Fatal("openapi.yaml has no operation sessionsCreate")
	return nil
}

// respond returns a transport with the same response to each request.
func respond(status int, body []byte) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	})
}

// newClient returns a client that sends through wire, without retries.
func newClient(tb testing.TB, wire *tap) *facade.Client {
	tb.Helper()
	client, err := facade.New(wire.client(), facade.WithAPIKey("key"), facade.WithAppID("app"),
		facade.WithBaseURL("https://unify.apideck.com"), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}))
	if err != nil {
		tb.Fatal(err)
	}
	return client
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
