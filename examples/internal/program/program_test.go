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

// run is a program whose requests last until they are cut.
func run(ctx context.Context, args []string, stdout, _ io.Writer) error {
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	if err := program.Parse(flags, args, stdout); err != nil {
		return err
	}
	listener, url, err := program.Listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Fprintln(stdout, "open", url)
	return program.Serve(ctx, listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(stdout, r.URL.Path)
		<-r.Context().Done()
	}), time.Millisecond)
}

func TestParse_ReportsAMistakeOnOneLine(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"flag provided but not defined: -nothing (see -h)": {"-nothing"},
		`unexpected argument "x" (see -h)`:                 {"x"},
	} {
		if err := run(t.Context(), args, io.Discard, nil); err == nil || err.Error() != want {
			t.Errorf("%v: got %v", args, err)
		}
	}
	var help strings.Builder
	err := run(t.Context(), []string{"-h"}, &help, nil)
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

func TestServe_CutsWhatOutlastsTheGracePeriod(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t, run)
	cut := make(chan error, 1)
	go func() {
		_, err := http.Post(p.URL+"/arrived", "", nil)
		cut <- err
	}()
	if line := p.Line(); line != "/arrived" {
		t.Fatalf("got %q", line)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if err := <-cut; err == nil {
		t.Error("the request was not cut")
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
