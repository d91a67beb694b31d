// Command otel creates a session and prints what OpenTelemetry saw of it: a
// span of the call, a span of each attempt below it, and the durations.
//
// It is a module of its own, so that no user of the library gets OpenTelemetry.
// Without APIDECK_API_KEY it calls a stand-in API that fails once.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"time"

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
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(out))
	if err != nil {
		return err
	}
	metrics, err := stdoutmetric.New(stdoutmetric.WithWriter(out))
	if err != nil {
		return err
	}
	tracing := trace.NewTracerProvider(trace.WithBatcher(spans))
	measuring := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(metrics)))
	defer func() { // prints what is left
		err = errors.Join(err, tracing.Shutdown(ctx), measuring.Shutdown(ctx))
	}()

	own := instrumented(tracing, measuring)
	defer own.CloseIdleConnections()
	client, stop, err := newClient(facade.WithHTTPClient(own))
	if err != nil {
		return err
	}
	defer stop()
	return createSession(ctx, tracing.Tracer("example"), client)
}

// instrumented returns an http.Client with a span and a measurement for each
// request. With WithHTTPClient the limits of a connection are ours to set.
func instrumented(tracing *trace.TracerProvider, measuring *metric.MeterProvider) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.ResponseHeaderTimeout = 10 * time.Second
	return &http.Client{Transport: otelhttp.NewTransport(transport,
		otelhttp.WithTracerProvider(tracing),
		otelhttp.WithMeterProvider(measuring),
		// Our trace ids mean nothing to Apideck: send it none.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()),
	)}
}

// createSession is the call under a span of its own, the parent of those of its
// attempts. What it records of the result holds no secret.
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

// newClient returns a client of the real API if there is a key, else of a
// stand-in that answers the first request with 503.
func newClient(opts ...facade.Option) (client *facade.Client, stop func(), err error) {
	if os.Getenv(facade.EnvAPIKey) != "" {
		client, err = facade.New(opts...)
		return client, func() {}, err
	}
	vault, err := vaulttest.Start()
	if err != nil {
		return nil, nil, err
	}
	vault.Enqueue(vaulttest.Reply{Status: http.StatusServiceUnavailable})
	return vault.Client(opts...), vault.Close, nil
}
