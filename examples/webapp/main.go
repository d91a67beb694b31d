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
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "webapp:", err)
		os.Exit(1)
	}
}

// run serves the app until ctx is done, then waits for the requests in progress.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("webapp", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	public := flags.String("url", "", "public `URL` of the app, to which customers return (default http:// and -addr)")
	flags.Parse(args)

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (choose another with -addr)", err)
	}
	defer listener.Close()
	host, _, _ := net.SplitHostPort(*addr)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	url := cmp.Or(*public, "http://"+net.JoinHostPort(cmp.Or(host, "localhost"), port))

	a := &app{public: url, log: slog.New(slog.NewTextHandler(stderr, nil))}
	if os.Getenv(facade.EnvAPIKey) != "" {
		a.vault, err = facade.New()
		if err != nil {
			return err
		}
	} else {
		a.standIn, err = vaulttest.Start()
		if err != nil {
			return err
		}
		defer a.standIn.Close()
		a.vault = a.standIn.Client()
		fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using the stand-in API at", a.standIn.URL)
	}

	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintln(stdout, "open", url)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), vaultTimeout)
	defer cancel()
	return server.Shutdown(grace)
}
