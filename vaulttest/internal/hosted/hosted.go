// Package hosted serves the pages that a session URI of the stand-in leads to,
// and keeps the connections that consumers make on them.
package hosted

import (
	"bytes"
	"crypto/hmac"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// Claims are what a session token says, in clear, about its session.
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
	APIs     []gen.UnifiedAPI  // of a session that names none
	Actions  []gen.Action      // of a session without allow_actions
	Defaults map[string]string // of the settings, as JSON, by their name on the wire

	Verify func(token string) (Claims, bool) // whether the token is one of this server's
	Sign   func(text string) string          // with a key that only the server knows
	Now    func() time.Time
}

// Serves reports whether the path is that of a page.
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
		// The URL of a page is a secret: no cache and no other site may see it.
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// deepLink leads to one integration on the page of the session.
func (p *Pages) deepLink(w http.ResponseWriter, r *http.Request) {
	query := url.Values{"integration": {r.PathValue("api") + "/" + r.PathValue("service")}}
	http.Redirect(w, r, "/session/"+url.PathEscape(r.URL.Query().Get("jwt"))+"?"+query.Encode(), http.StatusSeeOther)
}

// open returns the page of the session that the request is for. If there is
// none, it has responded.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) (*page, bool) {
	token := r.PathValue("token")
	claims, ok := p.Verify(token)
	if !ok {
		render(w, http.StatusNotFound, p.newPage("unknown", Claims{}))
		return nil, false
	}
	page := p.newPage("integrations", claims)
	page.CSRF = p.Sign("csrf " + token)
	left := time.Unix(claims.ExpiresAt, 0).Sub(p.Now())
	if left <= 0 {
		page.View = "expired"
		render(w, http.StatusGone, page)
		return nil, false
	}
	page.Left = inWords(left)
	if name := r.URL.Query().Get("integration"); name != "" {
		page.View = "integration"
		api, id, _ := strings.Cut(name, "/")
		if page.Connection, ok = p.connection(page, gen.UnifiedAPI(api), id); !ok {
			page.View = "missing"
			render(w, http.StatusNotFound, page)
			return nil, false
		}
	}
	return page, true
}

// connection returns the consumer's connection to a service of an API that the
// session offers.
func (p *Pages) connection(page *page, api gen.UnifiedAPI, id string) (Connection, bool) {
	c, ok := service(api, id)
	if !ok || !slices.Contains(page.APIs, api) {
		return Connection{}, false
	}
	for _, existing := range p.Store.Connections(page.ConsumerID) {
		if existing.same(c) {
			return existing, true
		}
	}
	return c, true
}

// show responds with the page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) {
	page, ok := p.open(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	view := query.Get("view")
	switch {
	case page.View == "integration":
		page.Done = past[query.Get("done")]
	case view == "logs" && page.Has("logs"), view == "suggestions" && page.Has("suggestions"):
		page.View = view
	default:
		page.Query, page.API = strings.TrimSpace(query.Get("q")), gen.UnifiedAPI(query.Get("api"))
	}
	page.Events = p.Store.Events(page.ConsumerID)
	page.list(p.Store.Connections(page.ConsumerID))
	render(w, http.StatusOK, page)
}

// act performs the action of a form and redirects back to the page, or to the
// application when the session wants that.
func (p *Pages) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	page, ok := p.open(w, r)
	if !ok {
		return
	}
	action := r.PostFormValue("action")
	if page.View != "integration" || !hmac.Equal([]byte(r.PostFormValue("csrf")), []byte(page.CSRF)) || !page.allows(action) {
		page.View = "forbidden"
		render(w, http.StatusForbidden, page)
		return
	}
	c, done := p.Store.Act(page.ConsumerID, page.Connection, action, p.Now())
	if action == "authorize" && page.On("hide_resource_settings") { // which the consumer cannot fill in then
		c, _ = p.Store.Act(page.ConsumerID, c, "configure", p.Now())
	}
	if done && page.Connection.State != Callable && c.State == Callable && page.Back != "" && page.On("auto_redirect") {
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

// pageTemplate is parsed when a page is first shown: a test that shows none
// should not pay for it.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "page.html", "style.css"))
})

// policy is the Content-Security-Policy: nothing but the page's own style and
// forms and the images that the session names.
func (p *page) policy() string {
	images := "data:"
	for _, image := range []string{p.Logo, p.Favicon, p.Avatar} {
		if u, err := url.Parse(image); err == nil && u.Host != "" {
			images += " " + u.Scheme + "://" + u.Host
		}
	}
	policy := fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; img-src %s; base-uri 'none'; frame-ancestors 'none'", p.Nonce, images)
	// Browsers apply form-action to the redirects after a form too. With
	// auto_redirect those lead to the application, and from there anywhere.
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
