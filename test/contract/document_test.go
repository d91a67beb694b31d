package contract

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestContract_IsValidWithItsExamples(t *testing.T) {
	t.Parallel()
	err := load(t).doc.Validate(context.Background(), openapi3.EnableExamplesValidation(),
		openapi3.EnableSchemaDefaultsValidation(), openapi3.EnableSchemaFormatValidation(),
		openapi3.EnableSchemaPatternValidation())
	if err != nil {
		t.Error(err)
	}
}

func TestSessionsCreate_DecodesEachExampleResponse(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	wire := transport{c, t, server}
	once := []facade.Option{facade.WithConsumerID("consumer"), facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})}
	sentinels := map[int]error{
		400: apierrors.ErrBadRequest, 401: apierrors.ErrUnauthorized, 402: apierrors.ErrPaymentRequired,
		404: apierrors.ErrNotFound, 422: apierrors.ErrUnprocessable, 503: apierrors.ErrServer,
	}
	for name, response := range c.sessionsCreate().Responses.Map() {
		status, err := strconv.Atoi(name)
		if err != nil {
			status = http.StatusServiceUnavailable // the example of "default"
		}
		body := encode(t, response.Value.Content["application/json"].Example)
		server.Enqueue(vaulttest.Reply{Status: status, Body: string(body)})
		got, err := server.Client(wire.option()).Vault.Sessions.Create(t.Context(), facade.Session{}, once...)
		if status == http.StatusOK {
			if err != nil || !sameJSON(encode(t, got.CreateSessionResponse), body) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !errors.Is(err, sentinels[status]) || api.StatusCode != status || !sameJSON(wireForm(t, api), body) {
			t.Errorf("%s: %v, not %s", name, err, body)
		}
	}
}

// wireForm returns the body that e was decoded from, as far as its fields have it.
func wireForm(t *testing.T, e *apierrors.APIError) []byte {
	t.Helper()
	body := map[string]any{
		"status_code": e.StatusCode, "error": e.Title, "type_name": e.TypeName, "message": e.Message,
		"ref": e.Ref, "detail": e.Detail.Raw(), "downstream_errors": e.DownstreamErrors,
	}
	if len(e.DownstreamErrors) == 0 {
		delete(body, "downstream_errors")
	}
	return encode(t, body)
}

// The test above sees that each property of the example is decoded.
func TestContract_ExampleOf400HasEveryProperty(t *testing.T) {
	t.Parallel()
	example := load(t).sessionsCreate().Responses.Value("400").Value.Content["application/json"]
	body := example.Example.(map[string]any)
	for name, property := range example.Schema.Value.Properties {
		if body[name] == nil {
			t.Errorf("%s: give it a field in errors/api_error.go, and add it to the example and to wireForm", name)
		}
		if items := property.Value.Items; items != nil {
			element := body[name].([]any)[0].(map[string]any)
			for name := range items.Value.Properties {
				if element[name] == nil {
					t.Errorf("%s of an element: as above", name)
				}
			}
		}
	}
}
