package main

import (
	"bytes"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestRun_PrintsSpansAndDurationsWithoutSecrets(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "")
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{`"Name":"create vault session"`, `"Name":"http.client.request.duration"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in the output", want)
		}
	}
	for _, secret := range []string{"test-key", "test-consumer", "eyJ", "/session/"} { // eyJ begins a token
		if strings.Contains(out.String(), secret) {
			t.Errorf("the output contains %q", secret)
		}
	}
}

// record makes one call to a stand-in API and returns its spans: those of the
// attempts, then that of the call.
func record(t *testing.T, vault *vaulttest.Server) tracetest.SpanStubs {
	spans := tracetest.NewInMemoryExporter()
	tracing := trace.NewTracerProvider(trace.WithSyncer(spans))
	client := vault.Client(instrumented(tracing, metric.NewMeterProvider()))
	t.Cleanup(client.CloseIdleConnections)

	_ = createSession(t.Context(), tracing.Tracer("test"), client) // the outcome is in the span
	return spans.GetSpans()
}

func TestCreateSession_RecordsASpanForEachAttempt(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.ServerDown())
	spans := record(t, vault)
	if len(spans) != 3 {
		t.Fatalf("%d spans, want two attempts and the call", len(spans))
	}

	call := spans[2]
	for i, want := range []codes.Code{codes.Error, codes.Unset} {
		attempt := spans[i]
		if attempt.Status.Code != want || attempt.Parent.SpanID() != call.SpanContext.SpanID() {
			t.Errorf("attempt %d: status %v, parent %v", i+1, attempt.Status.Code, attempt.Parent.SpanID())
		}
	}
}

func TestCreateSession_RecordsAFailedCall(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.Reply{Status: 401})

	call := record(t, vault)[1]
	const want = "apideck: POST /vault/sessions: 401 Unauthorized (request id req_1)"
	if call.Status.Code != codes.Error || call.Status.Description != want {
		t.Errorf("status %+v, want the error %q", call.Status, want)
	}
}

func TestInstrumented_SendsNoTraceIDs(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	vault := vaulttest.NewServer(t)
	record(t, vault)
	if got := vault.Requests()[0].Header.Get("Traceparent"); got != "" {
		t.Errorf("Traceparent %q was sent", got)
	}
}
