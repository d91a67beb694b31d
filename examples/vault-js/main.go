// Command vault-js opens Vault inside a page of its own with Vault JS instead of
// redirecting the browser. It needs APIDECK_API_KEY and APIDECK_APP_ID: Vault
// JS opens Apideck's own page, which accepts sessions of the real API only.
//
// If the application enforces redirect protection (Configuration, Vault, OAuth
// protection), register the address of the page there. Otherwise Vault fails
// with status 422.
package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
)

//go:embed page
var page embed.FS

func main() { program.Main("vault-js", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("vault-js", flag.ContinueOnError)
	addr := flags.String("addr", "localhost:8080", "`address` to listen on")
	consumer := flags.String("consumer", "test-consumer", "consumer `id`: whoever opens the page is this customer")
	if err := program.Parse(flags, args, stdout); err != nil {
		return err
	}
	client, err := facade.New()
	if err != nil {
		return err
	}
	listener, url, err := program.Listen(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	// A real program asks its own authentication, never the request.
	signedIn := func(*http.Request) string { return *consumer }
	handler := newHandler(client, signedIn, slog.New(slog.NewTextHandler(stderr, nil)))
	fmt.Fprintln(stdout, "open", url)
	return program.Serve(ctx, listener, handler, 10*time.Second)
}

// newHandler serves the page and the token. A POST from another site is
// rejected: it would create a session in the customer's name. The page may run
// its own script and Vault JS, and show Vault in a frame: another script could
// read the token.
func newHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the directory is in the program
	}
	mux := http.NewServeMux()
	mux.Handle("POST /vault-token", tokenHandler(client, customerOf, logger))
	mux.Handle("GET /", http.FileServerFS(files))
	return program.Secure("connect-src 'self'; style-src 'self'; form-action 'none'; "+
		"script-src 'self' https://unpkg.com/@apideck/vault-js@1.8.1/; frame-src https://vaultjs.apideck.com",
		http.NewCrossOriginProtection().Handler(mux))
}

// tokenHandler responds with {"token": "…"} for ApideckVault.open. Whoever holds
// the token is the customer until it expires, so it goes to the customer's
// browser only:
//
//   - no cache keeps the response (Cache-Control: no-store);
//   - it is in the body, not in a URL, so it is in no access log, history or
//     Referer;
//   - it is created for this request and not stored, neither in the program nor
//     in a cookie or the browser's storage;
//   - the log has the request id, which is enough to ask Apideck about a call.
func tokenHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer := customerOf(r)
		if customer == "" {
			http.Error(w, "Please sign in.", http.StatusUnauthorized)
			return
		}
		resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{}, facade.WithConsumerID(customer))
		if errors.Is(err, apierrors.ErrUnprocessable) {
			logger.Error("no vault session: is this site registered under OAuth protection?", "error", err)
			http.Error(w, "This site cannot open the integrations. Please tell its administrator.", http.StatusBadGateway)
			return
		}
		if err != nil {
			// The text of the error has no secret. The body of an
			// *InvalidResponseError may have one and is not logged.
			logger.Error("no vault session", "error", err)
			http.Error(w, "The integrations are not available now. Please try again.", http.StatusBadGateway)
			return
		}
		logger.Info("vault session", "request_id", resp.RequestID, "attempts", resp.Attempts)
		w.Header().Set("Content-Type", "application/json")
		// The page needs the token only, not the URI.
		json.NewEncoder(w).Encode(map[string]string{"token": resp.Data.SessionToken})
	}
}
