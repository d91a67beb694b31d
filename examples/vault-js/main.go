// Command vault-js uses Vault JS to open Vault inside its own page instead of
// redirecting the browser. It needs APIDECK_API_KEY and APIDECK_APP_ID: Vault JS
// opens Apideck's own page, which accepts only sessions of the real API.
//
// If the application enforces redirect protection (Configuration, Vault, OAuth
// protection), register the address of the page there. Otherwise Vault fails
// with status 422.
package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

//go:embed page
var page embed.FS

func main() {
	addr := flag.String("addr", "localhost:8081", "`address` to listen on")
	consumer := flag.String("consumer", "test-consumer", "consumer `id` of everyone who opens the page")
	flag.Parse()

	client, err := facade.New()
	if err != nil {
		fail(err)
	}
	// A real program uses its own authentication, never a value in the request.
	signedIn := func(*http.Request) string { return *consumer }
	server := &http.Server{
		Addr:              *addr,
		Handler:           newHandler(client, signedIn, slog.Default()),
		ReadHeaderTimeout: 5 * time.Second,
	}
	fmt.Println("open http://" + *addr)
	fail(server.ListenAndServe())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "vault-js:", err)
	os.Exit(1)
}

// newHandler serves the page and the token. It rejects a POST from another site,
// which would create a session in the customer's name. The page may run only its
// own script and Vault JS, because any script can read the token, and may show
// only Vault in a frame.
func newHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.Handler {
	files, _ := fs.Sub(page, "page") // without an error, because the directory is embedded
	mux := http.NewServeMux()
	mux.Handle("POST /vault-token", tokenHandler(client, customerOf, logger))
	mux.Handle("GET /", http.FileServerFS(files))
	protected := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; "+
			"frame-ancestors 'none'; connect-src 'self'; style-src 'self'; "+
			"script-src 'self' https://unpkg.com/@apideck/vault-js@1.8.1/; frame-src https://vaultjs.apideck.com")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
}

// tokenHandler responds with {"token": "…"} for ApideckVault.open. Whoever has
// the token can act as the customer until it expires, so only the customer's
// browser gets it:
//
//   - the response is not cached (Cache-Control: no-store);
//   - the token is in the body, not in a URL, which would be in access logs, the
//     history and the Referer header;
//   - the token is not stored: not in the program, in a cookie or in the
//     browser's storage;
//   - the log has only the request id, which Apideck's support can look up.
func tokenHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		customer := customerOf(r)
		if customer == "" {
			http.Error(w, "Please sign in.", http.StatusUnauthorized)
			return
		}
		resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{}, facade.WithConsumerID(customer))
		if errors.Is(err, apierrors.ErrUnprocessable) {
			logger.Error("creating a session: is this site registered under OAuth protection?", "error", err)
			http.Error(w, "This site cannot open your integrations. Please tell its administrator.", http.StatusBadGateway)
			return
		}
		if err != nil {
			// The error's text holds no secret. The body of an
			// *InvalidResponseError may hold one: do not log it.
			logger.Error("creating a session", "error", err)
			http.Error(w, "Your integrations are not available right now. Please try again.", http.StatusBadGateway)
			return
		}
		logger.Info("session created", "request_id", resp.RequestID, "attempts", resp.Attempts)
		w.Header().Set("Content-Type", "application/json")
		// The page needs only the token, not the URI.
		json.NewEncoder(w).Encode(map[string]string{"token": resp.Data.SessionToken})
	}
}
