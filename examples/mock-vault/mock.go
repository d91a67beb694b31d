package main

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

//go:embed page.html style.css
var files embed.FS

//go:embed help.txt
var adminHelp string

var pageHTML = template.Must(template.ParseFS(files, "page.html"))

// mock is the stand-in with its faults, log and admin API.
type mock struct {
	admin
	vault    *vaulttest.Server
	samples  *vaulttest.Server // creates sample sessions, so that they take no scripted reply
	public   string            // URL for browsers
	key, app string            // accepted, or "" for any
	faults   faults
	out      io.Writer
}

func (m *mock) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.home)
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok\n") })
	mux.Handle("GET /favicon.ico", http.NotFoundHandler()) // keeps it out of the log and the requests
	mux.HandleFunc("/", m.call)

	// Another site must not act through the browser of a developer.
	csrf := http.NewCrossOriginProtection()
	mux.Handle("POST /{$}", csrf.Handler(http.HandlerFunc(m.sample)))
	mux.Handle("/__admin/", csrf.Handler(http.HandlerFunc(m.serveAdmin)))
	return mux
}

func (m *mock) home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
	pageHTML.Execute(w, map[string]any{
		"URL":   m.public,
		"Key":   cmp.Or(m.key, "test-key"),
		"App":   cmp.Or(m.app, "test-app"),
		"Token": m.token != "",
		"Admin": m.token != "" || !m.proxied,
		"Help":  adminHelp,
	})
}

// sample creates a session and redirects the browser to it.
func (m *mock) sample(w http.ResponseWriter, r *http.Request) {
	client := m.samples.Client(facade.WithConsumerID("test-consumer"))
	resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "Sample account", UserName: "Sample user"},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
}

// call passes a request to the stand-in and logs it on one line, without the
// session token.
func (m *mock) call(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	path := r.URL.Path
	if strings.HasPrefix(path, "/session/") {
		path = "/session/…"
	}
	status := &statusWriter{ResponseWriter: w}
	defer func() {
		outcome := any(status.code)
		if status.code == 0 {
			outcome = "cut" // the stand-in panicked with http.ErrAbortHandler
		}
		fmt.Fprintf(m.out, "%s %s %q %v consumer=%q %v\n", start.Format(time.TimeOnly), r.Method, path, outcome,
			r.Header.Get("x-apideck-consumer-id"), time.Since(start).Round(time.Millisecond))
	}()
	m.vault.ServeHTTP(status, r)
}

// statusWriter records the status. The stand-in always writes one.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is used by http.ResponseController and http.MaxBytesReader.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
