package vaulttest

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// servePage renders the hosted page of the session that token stands for.
func (s *Server) servePage(w http.ResponseWriter, token string) {
	c, ok := s.verify(token)
	if !ok {
		render(w, http.StatusNotFound, newPage("notfound", claims{}))
		return
	}
	left := time.Unix(c.ExpiresAt, 0).Sub(s.now())
	if left <= 0 {
		render(w, http.StatusGone, newPage("expired", c))
		return
	}
	p := newPage("session", c)
	p.Left = inWords(left)
	render(w, http.StatusOK, p)
}

// page is what the template shows. The URLs and colours of the session are in
// it only after a check; html/template escapes the rest.
type page struct {
	claims
	View        string // session, expired or notfound
	Nonce       string
	Name        string // of the vault, or of the account, or a neutral one
	Left        string // time until the session expires, in words
	Light, Dark scheme
	Logo, Favicon, Avatar,
	Back, Privacy, Terms string // absolute http or https URLs, else ""
	Notes []string // what the session asked for and the page does not show
}

func newPage(view string, c claims) *page {
	p := &page{claims: c, View: view, Nonce: rand.Text()}
	p.Name = firstOf(c.Theme.VaultName, c.ConsumerMetadata.AccountName, "Integrations")
	p.Logo = p.url("theme.logo", c.Theme.Logo)
	p.Favicon = p.url("theme.favicon", c.Theme.Favicon)
	p.Avatar = p.url("consumer_metadata.image", c.ConsumerMetadata.Image)
	p.Back = p.url("redirect_uri", c.RedirectURI)
	p.Privacy = p.url("theme.privacy_url", c.Theme.PrivacyURL)
	p.Terms = p.url("theme.terms_url", c.Theme.TermsURL)

	brand := p.color("theme.primary_color", c.Theme.PrimaryColor, color{0x3b, 0x4f, 0xd8})
	p.Light = p.scheme(brand, color{0xf5, 0xf6, 0xf8}, white)
	p.Dark = p.scheme(brand, color{0x0f, 0x11, 0x15}, color{0x17, 0x1a, 0x20})
	return p
}

// scheme is the theme's colours in a light or a dark page, each readable on
// what it is drawn on.
type scheme struct {
	Page, Surface  color // of the page, and of cards and a side panel without a colour of its own
	Brand, OnBrand color // a button and its text
	Accent         color // text in the brand's colour, on either
	Side, OnSide   color // the side panel and its text
}

func (p *page) scheme(brand, page, surface color) scheme {
	s := scheme{Page: page, Surface: surface, Accent: brand.awayFrom(page).awayFrom(surface)}
	s.Brand, s.OnBrand = legible(brand, white)
	side := p.color("theme.sidepanel_background_color", p.Theme.SidepanelBackgroundColor, surface)
	text := p.color("theme.sidepanel_text_color", p.Theme.SidepanelTextColor, side.opposite())
	s.Side, s.OnSide = legible(side, text)
	return s
}

func (p *page) note(field, text string) {
	if note := field + " " + text; !slices.Contains(p.Notes, note) { // the colours are asked for twice
		p.Notes = append(p.Notes, note)
	}
}

func (p *page) url(field, s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		p.note(field, "is not an absolute http or https URL; the page leaves it out")
		return ""
	}
	if strings.Trim(u.Host, hostCharacters) != "" {
		p.note(field, "has an odd host; the page leaves it out")
		return ""
	}
	return s
}

// hostCharacters leaves out what url.Parse accepts in a host and what would end
// a source in a Content-Security-Policy, such as a semicolon.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"

// color returns the colour that the theme asks for, or the page's own.
func (p *page) color(field, s string, own color) color {
	c, ok := parseColor(s)
	if ok {
		return c
	}
	if s != "" {
		p.note(field, "is not a colour such as #286efa; the page uses its own")
	}
	return own
}

// policy is the Content-Security-Policy: nothing but the page's own style and
// the images that the session names.
func (p *page) policy() string {
	images := "data:"
	for _, image := range []string{p.Logo, p.Favicon, p.Avatar} {
		if u, err := url.Parse(image); err == nil && u.Host != "" {
			images += " " + u.Scheme + "://" + u.Host
		}
	}
	return fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; img-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", p.Nonce, images)
}

func render(w http.ResponseWriter, status int, p *page) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		http.Error(w, "vaulttest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy())
	// The address of the page is a secret: no cache and no other site may see it.
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// The rest is what the template asks.

// APIs returns the unified APIs that the session offers; a session that names
// none offers all.
func (p *page) APIs() []facade.UnifiedAPI {
	if len(p.Settings.UnifiedAPIs) == 0 {
		return everyUnifiedAPI
	}
	return p.Settings.UnifiedAPIs
}

// Actions returns the actions on a connection: absent shows all, empty none.
// Delete comes last.
func (p *page) Actions() []facade.Action {
	actions := p.Settings.AllowActions
	if actions == nil {
		actions = everyAction
	}
	return slices.SortedFunc(slices.Values(actions), func(a, b facade.Action) int { return strings.Compare(string(b), string(a)) })
}

// On returns a setting, or its default when the session leaves it out.
func (p *page) On(setting *bool, byDefault bool) bool {
	if setting == nil {
		return byDefault
	}
	return *setting
}

// Sidebar reports whether the page has its panel with navigation.
func (p *page) Sidebar() bool {
	return p.On(p.Settings.ShowSidebar, true) && !p.On(p.Settings.IsolationMode, false)
}

// Expires returns when the session ends.
func (p *page) Expires() time.Time { return time.Unix(p.ExpiresAt, 0).UTC() }

// BackHost returns where the way back leads.
func (p *page) BackHost() string {
	u, err := url.Parse(p.Back)
	if err != nil {
		return ""
	}
	return u.Host
}
