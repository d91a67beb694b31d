// Command webapp is a small SaaS dashboard whose customers manage their
// integrations in Hosted Vault: they sign in, press "Manage integrations", and
// return to the dashboard.
//
// Without APIDECK_API_KEY it uses the stand-in API of package vaulttest. With
// APIDECK_API_KEY and APIDECK_APP_ID it creates real sessions. If your
// application enforces redirect protection, register the printed address
// followed by /integrations/done as a redirect URI.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() { program.Main("webapp", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("webapp", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	public := flags.String("url", "", "public `URL` of the app, to which customers return (default http:// and -addr)")
	if err := program.Parse(flags, args, stdout); err != nil {
		return err
	}
	listener, url, err := program.Listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	url = cmp.Or(*public, url)

	a := &app{public: url, log: slog.New(slog.NewTextHandler(stderr, nil))}
	if os.Getenv(facade.EnvAPIKey) != "" {
		if a.vault, err = facade.New(); err != nil {
			return err
		}
	} else {
		if a.standIn, err = vaulttest.Start(); err != nil {
			return err
		}
		defer a.standIn.Close()
		fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using the stand-in API at", a.standIn.URL)
		a.vault = a.standIn.Client()
	}
	fmt.Fprintln(stdout, "open", url)
	return program.Serve(ctx, listener, a.handler(), vaultTimeout)
}
