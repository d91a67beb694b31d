// Command webapp is a small SaaS dashboard whose customers manage their
// integrations in Hosted Vault: sign in, press "Manage integrations", and come
// back.
//
// Without APIDECK_API_KEY it runs on the stand-in of package vaulttest. With
// APIDECK_API_KEY and APIDECK_APP_ID it creates real sessions; register the
// printed address + /integrations/done as a redirect URI if your application
// enforces that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "webapp:", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

// run serves until ctx ends, then lets what is under way finish.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("webapp", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	public := flags.String("url", "", "public `URL` of the app, where customers return to (default http:// and the address)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stdout)
			fmt.Fprintln(stdout, "Usage: webapp [flags]")
			flags.PrintDefaults()
			return err
		}
		return fmt.Errorf("%w (see -h)", err)
	}

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (choose another with -addr)", err)
	}
	defer listener.Close()
	if *public == "" {
		*public = "http://" + listener.Addr().String()
	}
	client, err := newClient(stderr)
	if err != nil {
		return err
	}
	app := newApp(client, *public, slog.New(slog.NewTextHandler(stderr, nil)))
	server := &http.Server{
		Handler:           app,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
	}
	fmt.Fprintln(stdout, "open", *public)

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), vaultTimeout)
	defer cancel()
	return server.Shutdown(grace)
}

// newClient returns a client of the real API, or of a stand-in when there is no
// key. The stand-in ends with the program.
func newClient(stderr io.Writer) (*facade.Client, error) {
	if os.Getenv(facade.EnvAPIKey) != "" {
		return facade.New()
	}
	server, err := vaulttest.Start()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using the stand-in API at", server.URL)
	return server.Client(), nil
}
