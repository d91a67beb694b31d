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

	for _, want := range []string{
		`"Name":"create vault session"`, `"apideck.attempts"`, `"Name":"http.client.request.duration"`,
	} {
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

func TestCreateSession_RecordsASpanForEachAttempt(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // which is not used
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.ServerDown(), vaulttest.KeyExpired())
	spans := tracetest.NewInMemoryExporter()
	tracing := trace.NewTracerProvider(trace.WithSyncer(spans))
	client := vault.Client(instrumented(tracing, metric.NewMeterProvider()))
	defer client.CloseIdleConnections()

	err := createSession(t.Context(), tracing.Tracer("test"), client)
	recorded := spans.GetSpans()
	if err == nil || len(recorded) != 3 {
		t.Fatalf("%d spans, want two attempts and the call; %v", len(recorded), err)
	}
	call := recorded[2]
	for i, span := range recorded {
		isInCall := span.Parent.SpanID() == call.SpanContext.SpanID()
		if span.Status.Code != codes.Error || isInCall != (i < 2) {
			t.Errorf("span %d: %+v", i, span)
		}
	}
	if call.Status.Description != err.Error() {
		t.Errorf("the call has status %q, want %q", call.Status.Description, err)
	}
	if got := vault.Requests()[0].Header.Get("Traceparent"); got != "" {
		t.Errorf("Traceparent %q was sent", got)
	}
}
