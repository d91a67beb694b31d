package main

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"log"
	"net/http"
	"sync/atomic"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

//go:embed page.html
var pageHTML string

//go:embed help.txt
var adminHelp string

var page = template.Must(template.New("page").Parse(pageHTML))

// mock is the stand-in with its faults, log and admin API.
type mock struct {
	vault    *vaulttest.Server
	samples  *vaulttest.Server // creates sample sessions, so that they take no scripted reply
	public   string            // URL for browsers
	proxied  bool              // every request may seem to come from this machine
	key, app string            // accepted, or "" for any
	token    string            // of the admin API, or ""
	faults   faults
	ahead    atomic.Int64 // nanoseconds from the time to that of the stand-in's clock
	log      *log.Logger
}

func (m *mock) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.home)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("/", m.call)
	mux.Handle("/session/", m.vault) // is not logged: the path has the session token

	// Another site must not act through the browser of a developer.
	csrf := http.NewCrossOriginProtection()
	mux.Handle("/__admin/{action...}", csrf.Handler(http.HandlerFunc(m.serveAdmin)))
	return mux
}

func (m *mock) home(w http.ResponseWriter, r *http.Request) {
	client := m.samples.Client(facade.WithConsumerID("test-consumer"))
	sample, err := client.Vault.Sessions.Create(r.Context(), facade.Session{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	page.Execute(w, map[string]any{
		"Sample": sample.Data.SessionURI,
		"URL":    m.public,
		"Key":    cmp.Or(m.key, "test-key"),
		"App":    cmp.Or(m.app, "test-app"),
		"Token":  m.token != "",
		"Help":   adminHelp,
	})
}

// call passes a request to the stand-in and logs it. The status is 0 if the
// connection is cut.
func (m *mock) call(w http.ResponseWriter, r *http.Request) {
	status := &statusWriter{ResponseWriter: w}
	defer func() { // also if the stand-in panics with http.ErrAbortHandler
		consumer := r.Header.Get("x-apideck-consumer-id")
		m.log.Printf("%s %q %d consumer=%q", r.Method, r.URL.Path, status.code, consumer)
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
