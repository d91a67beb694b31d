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

// Claims is the payload of a session token. It is signed, not encrypted.
type Claims struct {
	ConsumerID             string               `json:"consumer_id"`
	ApplicationID          string               `json:"application_id"`
	ConsumerMetadata       gen.ConsumerMetadata `json:"consumer_metadata"`
	RedirectURI            string               `json:"redirect_uri,omitempty"`
	Settings               gen.Settings         `json:"settings"`
	Theme                  gen.Theme            `json:"theme"`
	CustomConsumerSettings map[string]any       `json:"custom_consumer_settings,omitzero"`
	IssuedAt               int64                `json:"iat"`
	ExpiresAt              int64                `json:"exp"`
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
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		render(w, http.StatusNotFound, p.newPage("unknown", Claims{}))
	})
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
	query := url.Values{"integration": {r.PathValue("api") + "/" + r.PathValue("service")}}
	http.Redirect(w, r, "/session/"+url.PathEscape(r.URL.Query().Get("jwt"))+"?"+query.Encode(), http.StatusSeeOther)
}

// open returns the page that r requests, and its status.
func (p *Pages) open(r *http.Request) (*page, int) {
	token := r.PathValue("token")
	claims, ok := p.Verify(token)
	if !ok {
		return p.newPage("unknown", Claims{}), http.StatusNotFound
	}
	page := p.newPage("integrations", claims)
	left := time.Unix(claims.ExpiresAt, 0).Sub(p.Now())
	if left <= 0 {
		page.View = "expired"
		return page, http.StatusGone
	}
	if name := r.URL.Query().Get("integration"); name != "" {
		page.View = "integration"
		api, id, _ := strings.Cut(name, "/")
		page.Connection, ok = find(gen.UnifiedAPI(api), id, p.Store.Connections(page.ConsumerID))
		if !ok || !slices.Contains(page.APIs, gen.UnifiedAPI(api)) {
			page.View = "missing"
			return page, http.StatusNotFound
		}
	}
	page.Left, page.CSRF = inWords(left), p.Sign("csrf "+token)
	return page, http.StatusOK
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) {
	page, status := p.open(r)
	query := r.URL.Query()
	switch view := query.Get("view"); {
	case page.View == "integration":
		page.Done = transitions[query.Get("done")].done
	case page.View != "integrations":
	case view == "logs" && page.Has("logs"), view == "suggestions" && page.Has("suggestions"):
		page.View = view
	default:
		page.Query, page.API = strings.TrimSpace(query.Get("q")), gen.UnifiedAPI(query.Get("api"))
	}
	page.Events = p.Store.Events(page.ConsumerID)
	page.list(p.Store.Connections(page.ConsumerID))
	render(w, status, page)
}

// act performs the action of a form and redirects back to the page, or to the
// application if the session has auto_redirect.
func (p *Pages) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	page, status := p.open(r)
	action := r.PostFormValue("action")
	csrf := hmac.Equal([]byte(r.PostFormValue("csrf")), []byte(page.CSRF))
	if status == http.StatusOK && (page.View != "integration" || !csrf || !page.allows(action)) {
		page.View, page.Left, status = "forbidden", "", http.StatusForbidden
	}
	if status != http.StatusOK {
		render(w, status, page)
		return
	}
	c, done := p.Store.Act(page.ConsumerID, page.Connection, action, p.Now())
	if action == "authorize" && page.On("hide_resource_settings") { // the consumer cannot set them
		c, _ = p.Store.Act(page.ConsumerID, c, "configure", p.Now())
	}
	if c.State == Callable && page.Connection.State != Callable && page.Back != "" && page.On("auto_redirect") {
		http.Redirect(w, r, page.Back, http.StatusSeeOther)
		return
	}
	query := url.Values{"integration": {string(c.UnifiedAPI) + "/" + c.ServiceID}}
	if done {
		query.Set("done", action)
	}
	http.Redirect(w, r, r.URL.Path+"?"+query.Encode(), http.StatusSeeOther)
}

//go:embed page.html style.css
var files embed.FS

// pageTemplate is parsed on first use, so that tests without a page do not pay
// for it.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "page.html", "style.css"))
})

// policy returns the Content-Security-Policy. It allows only the page's own
// style and forms, and the images of the session.
func (p *page) policy() string {
	images := "data:"
	for _, image := range []string{p.Logo, p.Favicon, p.Avatar} {
		if host := p.Host(image); host != "" {
			scheme, _, _ := strings.Cut(image, ":")
			images += " " + scheme + "://" + host
		}
	}
	policy := "default-src 'none'; style-src 'nonce-" + p.Nonce + "'; img-src " + images +
		"; base-uri 'none'; frame-ancestors 'none'"
	// Browsers also apply form-action to the redirects that follow a form. With
	// auto_redirect, these lead to the application, which may redirect anywhere.
	if p.Back == "" || !p.On("auto_redirect") {
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
