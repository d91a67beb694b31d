package program_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/examples/internal/program/programtest"
)

// run serves requests that last until their connection is closed.
func run(ctx context.Context, _ []string, stdout, _ io.Writer) error {
	listener, url, err := program.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "open", url)
	return program.Serve(ctx, listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(stdout, r.URL.Path)
		<-r.Context().Done()
	}), time.Millisecond)
}

func TestParse_ReportsAMistakeOnOneLine(t *testing.T) {
	t.Parallel()
	parse := func(args []string, stdout io.Writer) error {
		flags := flag.NewFlagSet("example", flag.ContinueOnError)
		flags.String("addr", "", "`address` to listen on")
		return program.Parse(flags, args, stdout)
	}
	for want, args := range map[string][]string{
		"flag provided but not defined: -nothing (see -h)": {"-nothing"},
		`unexpected argument "x" (see -h)`:                 {"x"},
	} {
		if err := parse(args, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%v: got %v", args, err)
		}
	}
	var help strings.Builder
	err := parse([]string{"-h"}, &help)
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "-addr address") {
		t.Errorf("-h: got %v, printed %q", err, help.String())
	}
}

func TestListen_ReturnsAURLThatABrowserCanOpen(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{"127.0.0.1:0": "http://127.0.0.1:", ":0": "http://localhost:"} {
		listener, url, err := program.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if port, ok := strings.CutPrefix(url, want); !ok || !strings.HasSuffix(listener.Addr().String(), ":"+port) {
			t.Errorf("%s: %s", addr, url)
		}
	}
}

func TestListen_SaysWhatToDoAboutAPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, _, err = program.Listen(taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "address already in use (choose another with -addr)") {
		t.Errorf("got %v", err)
	}
}

func TestServe_ClosesConnectionsAfterTheGracePeriod(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t, run)
	closed := make(chan error, 1)
	go func() {
		_, err := http.Post(p.URL+"/arrived", "", nil)
		closed <- err
	}()
	if line := p.Line(); line != "/arrived" {
		t.Fatalf("got %q", line)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if err := <-closed; err == nil {
		t.Error("the connection was not closed")
	}
}

func TestSecure_SetsTheHeaders(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	program.Secure("img-src 'self'", http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for key, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src 'self'",
		"Referrer-Policy":         "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(key); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
}
