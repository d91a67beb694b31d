// Command vault-js opens a session inside a page of its own with Vault JS,
// instead of redirecting the browser. It needs APIDECK_API_KEY and
// APIDECK_APP_ID: what Vault JS opens is Apideck's own page, and that knows
// sessions of the real API only.
package main

import (
	"embed"
	"flag"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

//go:embed page
var page embed.FS

func main() {
	addr := flag.String("addr", "localhost:8080", "`address` to listen on")
	consumer := flag.String("consumer", "test-consumer", "consumer `id`: whoever opens the page is this customer")
	flag.Parse()
	client, err := facade.New()
	if err != nil {
		log.Fatal(err)
	}
	// A real program asks its own authentication, never the request.
	signedIn := func(*http.Request) string { return *consumer }
	server := &http.Server{
		Addr:              *addr,
		Handler:           newHandler(client, signedIn, slog.Default()),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Print("open http://", *addr)
	log.Fatal(server.ListenAndServe())
}

// newHandler serves the page and the token. A POST from another site is
// refused: it would make a session in the customer's name.
func newHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the directory is in the program
	}
	mux := http.NewServeMux()
	mux.Handle("POST /vault-token", tokenHandler(client, customerOf, logger))
	mux.Handle("GET /", secured(http.FileServerFS(files)))
	return http.NewCrossOriginProtection().Handler(mux)
}

// secured lets the page run its own script and Vault JS, and show Vault alone
// in a frame: a script that got in could read the token.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; "+
			"script-src 'self' https://unpkg.com/@apideck/vault-js@1.8.1/; frame-src https://vaultjs.apideck.com; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}
