package main

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// vaultTimeout is how long a customer waits for Vault to open. As the deadline of
// the call, it also stops the client from starting a backoff that would exceed it.
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
	signins sync.Map          // value of the cookie → customer
}

// page is the data of the templates.
type page struct {
	Title       string
	Customer    customer   // who is signed in, if anyone
	Customers   []customer // to sign in as
	Returned    bool       // from Vault
	StandIn     bool       // whether Connections is known
	Connections []vaulttest.Connection
	Failure     failure
}

func (a *app) handler() http.Handler {
	a.public = strings.TrimRight(a.public, "/")

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.dashboard)
	mux.HandleFunc("GET /integrations/done", a.dashboard)
	mux.HandleFunc("POST /integrations", a.manageIntegrations)
	mux.HandleFunc("POST /signin", a.signIn)
	mux.HandleFunc("POST /signout", a.signOut)
	mux.HandleFunc("/", a.failed(failure{
		Status: http.StatusNotFound,
		Title:  "Page not found",
		Text:   "The address may be mistyped, or the page has moved.",
	}))
	mux.Handle("GET /static/{file}", http.FileServerFS(static))

	// A form on another site must not act for our customer. Cross-origin POSTs are
	// detected by Sec-Fetch-Site and Origin, so the forms need no tokens.
	csrf := http.NewCrossOriginProtection()
	return secure(csrf.Handler(mux))
}

// secure adds security headers to every response: a policy that allows only the
// app's own styles and images, no referrer for other sites, no content sniffing,
// and no caching. The policy has no form-action: browsers also apply it to the
// redirect that follows a form, and Vault is on another site.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "+
			"style-src 'self'; img-src 'self'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// dashboard shows the customer's page, or the sign-in page. Customers return to
// it from Vault, but the return does not say what they did there: get the
// connections from the API or its webhooks. The stand-in returns them directly.
func (a *app) dashboard(w http.ResponseWriter, r *http.Request) {
	c, ok := a.signedIn(r)
	if !ok {
		a.render(w, http.StatusOK, "signin", page{Title: "Sign in", Customers: customers})
		return
	}

	p := page{Title: "Dashboard", Customer: c, Returned: r.URL.Path != "/"}
	if a.standIn != nil {
		p.StandIn = true
		p.Connections = a.standIn.Connections(c.consumerID())
	}
	a.render(w, http.StatusOK, "dashboard", p)
}

// manageIntegrations creates a session for the signed-in customer and redirects
// the browser to it.
func (a *app) manageIntegrations(w http.ResponseWriter, r *http.Request) {
	// The consumer is the signed-in customer, never a value in the request.
	c, ok := a.signedIn(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), vaultTimeout)
	defer cancel()
	resp, err := a.vault.Vault.Sessions.Create(ctx, a.session(c), facade.WithConsumerID(c.consumerID()))
	if r.Context().Err() != nil {
		return // the browser has disconnected
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

// session returns a session for c.
func (a *app) session(c customer) facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{
			AccountName: c.Account,
			UserName:    c.Name,
			Email:       c.Email,
		},
		RedirectURI: a.public + "/integrations/done",
		Settings: facade.Settings{
			UnifiedAPIs: []facade.UnifiedAPI{
				facade.UnifiedAPIAccounting,
				facade.UnifiedAPICRM,
				facade.UnifiedAPIFileStorage,
			},
			AllowActions:  []facade.Action{facade.ActionReauthorize, facade.ActionDisconnect},
			SessionLength: facade.SessionLength(30 * time.Minute),
			ShowLogs:      new(false),
			AutoRedirect:  new(true), // as soon as something is connected
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
	w.WriteHeader(status)
	pages.ExecuteTemplate(w, name, p) // fails only if the browser has disconnected
}
