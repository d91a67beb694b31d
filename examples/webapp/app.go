package main

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// vaultTimeout is how long a customer waits for the page to open. It is the
// deadline of the call: the client begins no wait that would pass it.
const vaultTimeout = 10 * time.Second

//go:embed pages.html
var pages string

//go:embed static
var static embed.FS

// app is the dashboard.
type app struct {
	vault   *facade.Client
	public  string // the app's own address, without a slash at the end
	log     *slog.Logger
	pages   *template.Template
	signins *signins
}

func newApp(vault *facade.Client, public string, log *slog.Logger) http.Handler {
	a := &app{
		vault:   vault,
		public:  strings.TrimRight(public, "/"),
		log:     log,
		pages:   template.Must(template.New("pages").Parse(pages)),
		signins: newSignins(strings.HasPrefix(public, "https://")),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.dashboard)
	mux.HandleFunc("POST /signin", a.signIn)
	mux.HandleFunc("POST /signout", a.signOut)
	mux.HandleFunc("POST /integrations", a.manageIntegrations)
	mux.HandleFunc("GET /integrations/done", a.returned)
	mux.Handle("GET /static/", http.FileServerFS(static))
	// Another site's form must not act for our customer: a session acts as the
	// customer and sends the browser away. Cross-origin POSTs are refused by
	// Sec-Fetch-Site and Origin, without tokens in the forms.
	return secured(http.NewCrossOriginProtection().Handler(mux))
}

// dashboard is the customer's page, or the one to sign in.
func (a *app) dashboard(w http.ResponseWriter, r *http.Request) {
	c, ok := a.signins.customer(r)
	if !ok {
		a.render(w, http.StatusOK, "signin", customers)
		return
	}
	a.render(w, http.StatusOK, "dashboard", c)
}

// manageIntegrations opens a session for the signed-in customer and sends the
// browser there. It is a POST, because it creates something.
func (a *app) manageIntegrations(w http.ResponseWriter, r *http.Request) {
	// The consumer is who is signed in, and nothing that the request says.
	c, ok := a.signins.customer(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), vaultTimeout)
	defer cancel()
	resp, err := a.vault.Vault.Sessions.Create(ctx, a.session(c), facade.WithConsumerID(c.consumerID()))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	// The address is a secret. It is made for this one redirect: not for a log,
	// a page, or a cache.
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

// returned greets a customer who comes back. The address says nothing about
// what happened in Vault; ask the API for the connections to know.
func (a *app) returned(w http.ResponseWriter, r *http.Request) {
	c, ok := a.signins.customer(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	a.render(w, http.StatusOK, "returned", c)
}

func (a *app) render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := a.pages.ExecuteTemplate(&page, name, data); err != nil {
		a.log.Error("rendering", "page", name, "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

// secured sets the headers of every answer.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// There is no form-action: browsers apply it to the redirect that
		// follows a form as well, and Vault is on another site.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}
