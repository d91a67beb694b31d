// Command otel creates a session and prints its OpenTelemetry data: a span for
// the call, a child span for each attempt, and the durations.
//
// It is a module of its own, so that users of the library do not depend on
// OpenTelemetry. Run it in its directory:
//
//	cd examples/otel && go run .
//
// Without APIDECK_API_KEY it calls a stand-in API that fails once.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	flag.Parse() // it has no flags but -h

	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(out))
	if err != nil {
		return err
	}
	tracing := trace.NewTracerProvider(trace.WithBatcher(spans))

	metrics, err := stdoutmetric.New(stdoutmetric.WithWriter(out))
	if err != nil {
		return err
	}
	measuring := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(metrics)))

	defer func() { // flushes the exporters
		err = errors.Join(err, tracing.Shutdown(ctx), measuring.Shutdown(ctx))
	}()

	client, stop, err := newClient(instrumented(tracing, measuring))
	if err != nil {
		return err
	}
	defer stop()

	return createSession(ctx, tracing.Tracer("example"), client)
}

// instrumented returns an option that records a span and a duration for each
// attempt. Without the options for providers and propagators, otelhttp uses the
// global ones.
func instrumented(tracing *trace.TracerProvider, measuring *metric.MeterProvider) facade.Option {
	return facade.WithMiddleware(func(rt http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(rt,
			otelhttp.WithTracerProvider(tracing),
			otelhttp.WithMeterProvider(measuring),
			// Do not send trace ids to Apideck, which cannot use them.
			otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()),
		)
	})
}

// createSession makes the call in its own span, the parent of the spans of its
// attempts. The span records no secret.
func createSession(ctx context.Context, tracer oteltrace.Tracer, client *facade.Client) error {
	ctx, span := tracer.Start(ctx, "create vault session")
	defer span.End()

	resp, err := client.Vault.Sessions.Create(ctx, facade.Session{}, facade.WithConsumerID("test-consumer"))
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
		return err
	}

	span.SetAttributes(
		attribute.Int("apideck.attempts", resp.Attempts),
		attribute.String("apideck.request_id", resp.RequestID),
	)
	return nil
}

// newClient returns a client of the real API if APIDECK_API_KEY is set, or else
// of a stand-in that responds to the first request with 503.
func newClient(opt facade.Option) (client *facade.Client, stop func(), err error) {
	if os.Getenv(facade.EnvAPIKey) != "" {
		client, err = facade.New(opt)
		return client, func() {}, err
	}

	vault, err := vaulttest.Start()
	if err != nil {
		return nil, nil, err
	}

	vault.Enqueue(vaulttest.Reply{Status: http.StatusServiceUnavailable})
	return vault.Client(opt), vault.Close, nil
}
