// Package hosted serves the pages that the session URIs of the stand-in open,
// and stores the connections that consumers make there.
package hosted

import (
	"bytes"
	"crypto/hmac"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// Claims is the payload of a session token: the session as it was sent, and those
// claims of the API that the page needs. It is signed, not encrypted.
type Claims struct {
	gen.Session
	ConsumerID string         `json:"consumer_id"`
	ExpiresAt  int64          `json:"exp"`
	Sent       map[string]any `json:"-"` // all of it, with unknown keys
}

// Pages serves the pages of every session.
type Pages struct {
	Store    Store
	APIs     []gen.UnifiedAPI  // for a session without unified_apis
	Actions  []gen.Action      // for a session without allow_actions
	Defaults map[string]string // of the settings, by JSON name

	Verify func(token string) (Claims, bool) // false if this server did not sign the token
	Sign   func(text string) string          // with a key that only the server knows
	Now    func() time.Time
}

// Serves reports whether path belongs to a page.
func Serves(path string) bool {
	return strings.HasPrefix(path, "/session/") || strings.HasPrefix(path, "/integrations/")
}

// Handler returns the handler for the paths of pages.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /session/{token...}", p.show)
	mux.HandleFunc("POST /session/{token...}", p.act)
	mux.HandleFunc("GET /integrations/{api}/{service}", p.deepLink)
	mux.HandleFunc("GET /integrations/{api}/{service}/enable", p.deepLink)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// The URL of a page is a secret: keep it from caches and other sites.
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// deepLink redirects to one integration on the session's page.
func (p *Pages) deepLink(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	path := "/session/" + url.PathEscape(query.Get("jwt"))
	query.Del("jwt")
	query.Set("integration", r.PathValue("api")+"/"+r.PathValue("service"))
	http.Redirect(w, r, path+"?"+query.Encode(), http.StatusSeeOther)
}

// open returns the page that r requests, and its status.
func (p *Pages) open(r *http.Request) (*page, int) {
	token := r.PathValue("token")
	claims, ok := p.Verify(token)
	if !ok {
		return p.newPage("unknown", r, Claims{}), http.StatusNotFound
	}

	page := p.newPage("integrations", r, claims)
	if !p.Now().Before(page.Expires()) {
		page.View = "expired"
		return page, http.StatusGone
	}

	page.Consumer = p.Store.Consumer(page.ConsumerID)
	page.Isolated = page.On("isolation_mode") || page.Param("isolation") == "true"
	if entry := page.Param("view"); page.Has(entry) {
		page.View = entry
	}

	if name := page.Param("integration"); name != "" {
		page.View = "integration"
		api, id, _ := strings.Cut(name, "/")
		page.Connection, ok = find(gen.UnifiedAPI(api), id, page.Connections)
		if !ok || !slices.Contains(page.APIs, gen.UnifiedAPI(api)) {
			page.View = "missing"
			return page, http.StatusNotFound
		}
	}
	page.CSRF = p.Sign("csrf " + token)
	return page, http.StatusOK
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) {
	page, status := p.open(r)
	if page.View == "integration" {
		page.Notice = p.Store.Notice(page.ConsumerID)
	}
	render(w, status, page)
}

// act performs the action of a form and redirects back to the page, or to the
// application if the session has auto_redirect.
func (p *Pages) act(w http.ResponseWriter, r *http.Request) {
	page, status := p.open(r)
	if status != http.StatusOK {
		render(w, status, page)
		return
	}

	action := r.PostFormValue("action")
	if !page.accepts(r, action) {
		page.View = "forbidden"
		page.CSRF = ""
		render(w, http.StatusForbidden, page)
		return
	}

	chosen := slices.Concat(r.PostForm["region"], r.PostForm["sync"])

	connection := p.Store.Act(page.ConsumerID, page.Connection, action, chosen, p.Now())

	isNew := connection.State == Callable && page.Connection.State != Callable
	if isNew && page.redirects() {
		p.Store.Notice(page.ConsumerID) // do not show it in the next session
		http.Redirect(w, r, page.backFrom(connection), http.StatusSeeOther)
		return
	}

	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
}

// accepts reports whether r is the form of an action on an integration that the
// session allows.
func (p *page) accepts(r *http.Request, action string) bool {
	isOwn := hmac.Equal([]byte(r.PostFormValue("csrf")), []byte(p.CSRF))
	return isOwn && p.View == "integration" && p.allows(action)
}

// redirects reports whether the browser returns to the application as soon as a
// connection is callable.
func (p *page) redirects() bool { return p.Back != "" && p.On("auto_redirect") }

// backFrom returns the redirect URI with the service that has been connected.
func (p *page) backFrom(c Connection) string {
	u, _ := url.Parse(string(p.Back)) // IsReturnURI has parsed it
	query := u.RawQuery + "&authorizedConnection=" + url.QueryEscape(c.ServiceID)
	u.RawQuery = strings.TrimPrefix(query, "&")
	return u.String()
}

//go:embed page.html style.css
var files embed.FS

// pageTemplate is parsed on first use, so that tests without a page do not pay
// for it.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "page.html", "style.css"))
})

// policy returns the Content-Security-Policy. It allows only the page's own
// style and forms, and images.
func (p *page) policy() string {
	policy := "default-src 'none'; style-src 'nonce-" + p.Nonce + "'; img-src data: http: https:" +
		"; base-uri 'none'; frame-ancestors 'none'"

	// Browsers also apply form-action to the redirects that follow a form. With
	// auto_redirect, these lead to the application, which may redirect anywhere.
	if !p.redirects() {
		policy += "; form-action 'self'"
	}
	return policy
}

func render(w http.ResponseWriter, status int, p *page) {
	var out bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&out, "page.html", p); err != nil {
		http.Error(w, "vaulttest: "+err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", p.policy())
	w.WriteHeader(status)
	w.Write(out.Bytes())
}
