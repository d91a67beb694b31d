// Command mock-vault runs the stand-in API of package vaulttest, for clients in
// any language: set their base URL to the address it prints. Open that address
// in a browser for a sample session.
//
//	mock-vault -addr 127.0.0.1:4010 -api-key test-key -latency 50ms -fail 429:0.1,503:0.05
//
// A test can script it under /__admin from the same machine or, with
// -admin-token and an "Authorization: Bearer <token>" header, from anywhere:
//
//	curl localhost:4010/__admin/requests                                    # the requests received, as JSON
//	curl localhost:4010/__admin/replies -d '[{"status": 429}, {"drop": true}]'   # the next two responses
//	curl localhost:4010/__admin/clock -d advance=31m                        # let sessions expire
//	curl localhost:4010/__admin/reset -d ''                                 # forget all of this
//
// A reply is {"status", "header", "body", "delay", "drop"}, all optional. An
// error response without a body gets the API's. GET /health responds with 200.
//
// To run it in a container, use the Dockerfile in this directory. If browsers
// use another address, such as that of a proxy, set -public-url.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() { program.Main("mock-vault", run) }

func run(ctx context.Context, args []string, stdout, _ io.Writer) error {
	m := &mock{out: stdout}
	flags := flag.NewFlagSet("mock-vault", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:4010", "`address` to listen on")
	public := flags.String("public-url", "", "`URL` that session URIs start with (default http:// and -addr)")
	signing := flags.String("signing-key", "", "token signing `key`, so that sessions survive a restart (default random)")
	key := flags.String("api-key", "", "the only API `key` to accept (default any)")
	app := flags.String("app-id", "", "the only application `id` to accept (default any)")
	flags.StringVar(&m.token, "admin-token", "", "`token` for /__admin (default none, this machine only)")
	latency := flags.Duration("latency", 0, "`delay` of every response, such as 200ms")
	flags.Func("fail", "fractions of calls to fail, by `status` or drop, such as 429:0.1,drop:0.05", m.faults.parse)
	if err := program.Parse(flags, args, stdout); err != nil {
		return err
	}
	listener, url, err := program.Listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	m.proxied, m.public = *public != "", cmp.Or(*public, url)
	opts := []vaulttest.Option{
		vaulttest.InProcess(), // program.Serve listens
		vaulttest.WithClock(m.now), vaulttest.WithLatency(*latency),
		vaulttest.WithPublicURL(*public), vaulttest.WithSigningKey([]byte(*signing)),
	}
	if *key != "" {
		opts = append(opts, vaulttest.WithAPIKeys(*key))
	}
	if *app != "" {
		opts = append(opts, vaulttest.WithAppIDs(*app))
	}
	m.vault, err = vaulttest.Start(opts...)
	if err != nil {
		return err
	}
	defer m.vault.Close()
	m.vault.URL = url
	fmt.Fprintln(stdout, "listening on", url)
	fmt.Fprintf(stdout, "try: APIDECK_BASE_URL=%s APIDECK_API_KEY=%s APIDECK_APP_ID=%s go run ./examples/quickstart\n",
		url, cmp.Or(*key, "test-key"), cmp.Or(*app, "test-app"))
	return program.Serve(ctx, listener, m.handler(), time.Second)
}
