// Command mock-vault is the stand-in API of package vaulttest as a program,
// for clients in any language: set their base URL to the address it prints.
//
//	mock-vault -addr 127.0.0.1:4010 -api-key test-key -latency 50ms -fail 429:0.1,503:0.05
package main

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

	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mock-vault:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then lets what is under way finish.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("mock-vault", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "127.0.0.1:4010", "`address` to listen on")
	key := flags.String("api-key", "", "the only API `key` that is accepted (default every key)")
	app := flags.String("app-id", "", "the only application `id` that is accepted (default every id)")
	latency := flags.Duration("latency", 0, "`delay` of every answer, such as 200ms")
	var faults faults
	flags.Var(&faults, "fail", "shares of calls to refuse, by `status`, such as 429:0.1,503:0.05; drop:0.01 cuts the connection")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		fmt.Fprintln(stdout, "Usage: mock-vault [flags]")
		flags.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w (see -h)", err)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q (see -h)", flags.Arg(0))
	case *latency < 0:
		return fmt.Errorf("-latency %v is negative", *latency)
	}

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (choose another with -addr)", err)
	}
	defer listener.Close()
	// The program listens by itself, and runs for as long as it is wanted.
	opts := []vaulttest.Option{vaulttest.InProcess(), vaulttest.WithoutRecord(), vaulttest.WithLatency(*latency)}
	if *key != "" {
		opts = append(opts, vaulttest.WithAPIKeys(*key))
	}
	if *app != "" {
		opts = append(opts, vaulttest.WithAppIDs(*app))
	}
	vault, err := vaulttest.Start(opts...)
	if err != nil {
		return err
	}
	defer vault.Close()
	vault.URL = "http://" + reachable(listener.Addr())

	server := &http.Server{Handler: logged(stdout, faults.before(vault)), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(stdout, "listening on", vault.URL)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	server.Shutdown(grace) // vault.Close cuts what -latency still holds back
	return nil
}

// reachable returns an address that a browser on this machine can open:
// listening on every interface is an address of none.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return addr.String()
}

// logged prints one line a request. The token of a page is left out: it is a
// secret, even here.
func logged(out io.Writer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		path := r.URL.Path
		if strings.HasPrefix(path, "/session/") {
			path = "/session/…"
		}
		status := &statusWriter{ResponseWriter: w}
		defer func() {
			outcome := any(status.code)
			if status.code == 0 {
				outcome = "cut" // the handler ended by a panic
			}
			fmt.Fprintf(out, "%s %s %q %v consumer=%q %v\n", start.Format(time.TimeOnly), r.Method, path, outcome,
				r.Header.Get("x-apideck-consumer-id"), time.Since(start).Round(time.Millisecond))
		}()
		next.ServeHTTP(status, r)
	})
}

// statusWriter remembers the status. The handlers below always write one.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController and http.MaxBytesReader.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
