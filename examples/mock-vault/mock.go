package main

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

//go:embed page.html style.css
var files embed.FS

var pageHTML = template.Must(template.ParseFS(files, "page.html"))

// mock is the stand-in with its faults, log and admin API.
type mock struct {
	admin
	vault  *vaulttest.Server
	public string // its URL for browsers
	faults faults
	out    io.Writer
}

func (m *mock) handler() http.Handler {
	secured := func(h http.Handler) http.Handler {
		return program.Secure("style-src 'self'", http.NewCrossOriginProtection().Handler(h))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pageHTML.Execute(w, map[string]any{"URL": m.public, "Token": m.token != "", "Proxied": m.proxied})
	})))
	mux.Handle("POST /{$}", secured(http.HandlerFunc(m.sample)))
	mux.Handle("GET /style.css", secured(http.FileServerFS(files)))
	mux.Handle("/__admin/", secured(m.adminHandler()))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok\n") })
	mux.Handle("GET /favicon.ico", http.NotFoundHandler()) // keeps it out of the log and the requests
	mux.HandleFunc("/", m.call)
	return mux
}

// sample creates a session and redirects the browser to it.
func (m *mock) sample(w http.ResponseWriter, r *http.Request) {
	client := m.vault.Client(facade.WithConsumerID("test-consumer"), facade.WithInsecureHTTP())
	resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: "Sample account", UserName: "Sample user"},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
}

// call passes a request to the stand-in, or fails it according to the -fail
// flag, and logs it on one line. It does not log session tokens.
func (m *mock) call(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	path := r.URL.Path
	if strings.HasPrefix(path, "/session/") {
		path = "/session/…"
	} else if reply, ok := m.faults.pick(rand.Float64()); ok && r.Method == http.MethodPost {
		m.vault.Enqueue(reply) // a concurrent call may get it; the fractions stay the same
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
