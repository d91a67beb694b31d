// Command mock-vault runs the stand-in API of package vaulttest, for clients in
// any language: set their base URL to the address it prints. Open that address
// in a browser for a sample session and for commands to copy.
//
//	mock-vault -addr 127.0.0.1:4010 -api-key test-key -latency 50ms -fail 429:0.1,503:0.05
//
// A test can script it under /__admin: mock-vault -h lists the paths and fields.
//
// To run it in a container, use the Dockerfile in this directory. If browsers
// use another address, such as that of a proxy, set -public-url.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
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
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mock-vault:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	m := &mock{log: log.New(stdout, "", log.Ltime)}
	flags := flag.NewFlagSet("mock-vault", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.Usage = func() {
		fmt.Fprintln(stdout, "mock-vault is a stand-in for the Vault API.\n\nFlags:")
		flags.PrintDefaults()
		fmt.Fprintln(stdout, "\n"+adminHelp)
	}
	addr := flags.String("addr", "127.0.0.1:4010", "`address` to listen on")
	flags.StringVar(&m.public, "public-url", "", "`URL` that session URIs start with (default http:// and -addr)")
	signing := flags.String("signing-key", "", "token signing `key`, so that sessions survive a restart (default random)")
	flags.StringVar(&m.key, "api-key", "", "the only API `key` to accept (default any)")
	flags.StringVar(&m.app, "app-id", "", "the only application `id` to accept (default any)")
	flags.StringVar(&m.token, "admin-token", "", "`token` for /__admin (default $MOCK_VAULT_ADMIN_TOKEN)")
	latency := flags.Duration("latency", 0, "`delay` of every response, such as 200ms")
	flags.Func("fail", "fractions of sessions to fail, by `status` or drop, such as 429:0.1,drop:0.05", m.faults.parse)
	health := flags.Bool("health", false, "exit with status 0 if a mock-vault at -addr is healthy")
	if err := flags.Parse(args); err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(*addr)
	host = cmp.Or(host, "localhost")
	if *health {
		return checkHealth(net.JoinHostPort(host, port))
	}

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w (choose another with -addr)", err)
	}
	_, port, _ = net.SplitHostPort(listener.Addr().String()) // if it was 0
	url := "http://" + net.JoinHostPort(host, port)
	m.proxied = m.public != ""
	m.public = cmp.Or(m.public, url)
	m.token = cmp.Or(m.token, os.Getenv("MOCK_VAULT_ADMIN_TOKEN"))

	opts := []vaulttest.Option{
		vaulttest.InProcess(), // with the listener above
		vaulttest.WithPublicURL(m.public),
		vaulttest.WithSigningKey([]byte(cmp.Or(*signing, rand.Text()))),
		vaulttest.WithClock(m.now),
	}
	m.vault, err = vaulttest.Start(append(opts,
		vaulttest.WithAPIKeys(strings.Fields(m.key)...),
		vaulttest.WithAppIDs(strings.Fields(m.app)...),
		vaulttest.WithLatency(*latency),
		vaulttest.WithFaults(m.faults.next))...)
	if err != nil {
		return err
	}
	m.samples, _ = vaulttest.Start(opts...) // m.vault has them, too: they are valid

	server := &http.Server{Handler: m.handler(), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintln(stdout, "listening on", url)
	fmt.Fprintln(stdout, "open it in a browser for a sample session and for commands to copy")
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func checkHealth(addr string) error {
	resp, err := http.Get("http://" + addr + "/health")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("no mock-vault at %s: GET /health is %s", addr, resp.Status)
	}
	return nil
}
