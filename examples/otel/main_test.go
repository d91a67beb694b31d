package main

import (
	"bytes"
	"encoding/json"
	"io"
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

// printed is a span or a batch of metrics, as printed by the exporters.
type printed struct {
	Name         string
	SpanContext  struct{ SpanID string }
	Parent       struct{ SpanID string }
	Status       struct{ Code string }
	ScopeMetrics []struct {
		Metrics []struct {
			Name string
			Data struct{ DataPoints []struct{ Count int } }
		}
	}
}

func TestRun_PrintsASpanForEachAttemptAndItsDuration(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "")
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"test-key", "test-consumer", "eyJ", "/session/"} { // eyJ begins a token
		if strings.Contains(out.String(), secret) {
			t.Errorf("the output contains %q", secret)
		}
	}
	var call printed
	var attempts []printed
	measured := map[string]int{}
	for dec := json.NewDecoder(&out); ; {
		var p printed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch {
		case p.Name == "create vault session":
			call = p
		case p.Name != "":
			attempts = append(attempts, p)
		}
		for _, scope := range p.ScopeMetrics {
			for _, m := range scope.Metrics {
				for _, point := range m.Data.DataPoints {
					measured[m.Name] += point.Count
				}
			}
		}
	}
	if len(attempts) != 2 || attempts[0].Status.Code != "Error" || attempts[1].Status.Code != "Unset" {
		t.Fatalf("attempts %+v, want one failure and one success", attempts)
	}
	for _, attempt := range attempts {
		if attempt.Parent.SpanID != call.SpanContext.SpanID || call.SpanContext.SpanID == "" {
			t.Errorf("parent of an attempt's span is %q, want the call's %q", attempt.Parent.SpanID, call.SpanContext.SpanID)
		}
	}
	if measured["http.client.request.duration"] != 2 {
		t.Errorf("measured %v, want two durations", measured)
	}
}

// record makes one call to a stand-in API and returns its spans.
func record(t *testing.T, vault *vaulttest.Server) tracetest.SpanStubs {
	spans := tracetest.NewInMemoryExporter()
	tracing := trace.NewTracerProvider(trace.WithSyncer(spans))
	client := vault.Client(instrumented(tracing, metric.NewMeterProvider()))
	t.Cleanup(client.CloseIdleConnections)
	_ = createSession(t.Context(), tracing.Tracer("test"), client) // the outcome is in the span
	return spans.GetSpans()
}

func TestCreateSession_RecordsAFailedCallInItsSpan(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.Reply{Status: 401})
	call := record(t, vault)[1] // the attempt's span is first
	want := "apideck: POST /vault/sessions: 401 Unauthorized (request id req_1)"
	if got := call.Status; call.Name != "create vault session" || got.Code != codes.Error || got.Description != want {
		t.Errorf("%s: status %+v, want the error %q", call.Name, got, want)
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
