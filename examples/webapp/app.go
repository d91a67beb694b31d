package main

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// vaultTimeout is how long a customer waits for Vault to open. It is the
// deadline of the call, so the client starts no backoff that would exceed it.
const vaultTimeout = 10 * time.Second

//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("pages").Parse(pagesHTML))

//go:embed static
var static embed.FS

// app is the dashboard.
type app struct {
	vault   *facade.Client
	public  string // the app's own URL
	log     *slog.Logger
	standIn *vaulttest.Server // nil with the real API
	signins signins
	mux     http.ServeMux
}

// page is what the templates show.
type page struct {
	Title       string
	Customer    customer   // who is signed in, if anybody is
	Customers   []customer // to sign in as
	Returned    bool       // from Vault
	StandIn     bool       // Connections are known
	Connections []vaulttest.Connection
	Failure     failure
}

func (a *app) handler() http.Handler {
	a.public = strings.TrimRight(a.public, "/")
	a.signins.secure = strings.HasPrefix(a.public, "https://")
	a.mux.HandleFunc("GET /{$}", a.dashboard)
	a.mux.HandleFunc("GET /integrations/done", a.dashboard)
	a.mux.HandleFunc("POST /integrations", a.manageIntegrations)
	a.mux.HandleFunc("POST /signin", a.signIn)
	a.mux.HandleFunc("POST /signout", a.signOut)
	a.mux.HandleFunc("/", a.noRoute)
	files, _ := fs.Glob(static, "static/*") // one route each: a file server would list the directory
	for _, file := range files {
		a.mux.Handle("GET /"+file, http.FileServerFS(static))
	}
	// A form of another site must not act for our customer. Cross-origin POSTs
	// are rejected by Sec-Fetch-Site and Origin, without tokens in the forms.
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(a.failed(failure{Status: http.StatusForbidden, Title: "That did not come from here",
		Text: "Another site sent this request. Nothing was changed."}))
	// There is no form-action: browsers apply it to the redirect that follows a
	// form as well, and Vault is on another site.
	return program.Secure("style-src 'self'; img-src 'self'", csrf.Handler(&a.mux))
}

// dashboard is the customer's page, or the one to sign in. Customers return to
// it from Vault. That they return does not say what they did there: ask the API
// for the connections, or listen to its webhooks. The stand-in can be asked
// directly.
func (a *app) dashboard(w http.ResponseWriter, r *http.Request) {
	c, ok := a.signins.customer(r)
	if !ok {
		a.render(w, http.StatusOK, "signin", page{Title: "Sign in", Customers: customers})
		return
	}
	p := page{Title: "Dashboard", Customer: c, Returned: r.URL.Path != "/"}
	if a.standIn != nil {
		p.StandIn, p.Connections = true, a.standIn.Connections(c.consumerID())
	}
	a.render(w, http.StatusOK, "dashboard", p)
}

// manageIntegrations creates a session for the signed-in customer and redirects
// the browser to it. It is a POST because it creates something.
func (a *app) manageIntegrations(w http.ResponseWriter, r *http.Request) {
	// The consumer is who is signed in, whatever the request says.
	c, ok := a.signins.customer(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), vaultTimeout)
	defer cancel()
	resp, err := a.vault.Vault.Sessions.Create(ctx, a.session(c), facade.WithConsumerID(c.consumerID()))
	if r.Context().Err() != nil {
		return // the customer has left
	}
	if err != nil {
		f := explain(err)
		a.log.Error("creating a session", "status", f.Status, "error", err)
		a.failed(f)(w, r)
		return
	}
	// The URI is a secret: send it in this redirect, and do not log or store it.
	http.Redirect(w, r, resp.Data.SessionURI, http.StatusSeeOther)
}

// session says what the customer sees in Vault.
func (a *app) session(c customer) facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{AccountName: c.Account, UserName: c.Name, Email: c.Email},
		RedirectURI:      a.public + "/integrations/done",
		Settings: facade.Settings{
			UnifiedAPIs:   []facade.UnifiedAPI{facade.UnifiedAPIAccounting, facade.UnifiedAPICRM, facade.UnifiedAPIFileStorage},
			AllowActions:  []facade.Action{facade.ActionReauthorize, facade.ActionDisconnect},
			SessionLength: facade.SessionLength(30 * time.Minute),
			ShowLogs:      new(false),
			AutoRedirect:  new(true), // return as soon as something is connected
		},
		Theme: facade.Theme{
			VaultName:                "Tidewater",
			Logo:                     a.public + "/static/logo.svg",
			Favicon:                  a.public + "/static/logo.svg",
			PrimaryColor:             "#0b6e4f",
			SidepanelBackgroundColor: "#0d3b2e",
			SidepanelTextColor:       "#ffffff",
		},
	}
}

func (a *app) render(w http.ResponseWriter, status int, name string, p page) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, p); err != nil {
		a.log.Error("rendering", "page", name, "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
}
