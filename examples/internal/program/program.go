// Package program has code that the example commands share: flags, one-line
// errors, graceful shutdown, and security headers.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Main calls run with the process's arguments and a context that is canceled on
// SIGINT or SIGTERM. If run fails, Main prints the error on one line and exits
// with status 1.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, name+":", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

// Parse parses args, which must be only flags. If args has -h, Parse prints the
// usage to stdout and returns [flag.ErrHelp].
func Parse(flags *flag.FlagSet, args []string, stdout io.Writer) error {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {} // not after an error
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		fmt.Fprintf(stdout, "Usage: %s [flags]\n", flags.Name())
		flags.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w (see -h)", err)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q (see -h)", flags.Arg(0))
	}
	return nil
}

// Listen listens on addr and returns a URL that a browser on this machine can
// open, with localhost in place of an unspecified address.
func Listen(addr string) (listener net.Listener, url string, err error) {
	if listener, err = net.Listen("tcp", addr); err != nil {
		return nil, "", fmt.Errorf("%w (choose another with -addr)", err)
	}
	tcp := listener.Addr().(*net.TCPAddr)
	if tcp.IP.IsUnspecified() {
		return listener, fmt.Sprintf("http://localhost:%d", tcp.Port), nil
	}
	return listener, "http://" + tcp.String(), nil
}

// Serve serves until ctx is done, then waits up to grace for active requests to
// finish, and closes the remaining connections.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		return server.Close()
	}
	return nil
}

// Secure adds security headers to every response: the Content-Security-Policy,
// no referrer for other sites, no content sniffing, and no caching.
func Secure(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "+policy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
