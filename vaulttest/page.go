package vaulttest

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
)

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
	p.Light = p.colours(brand, color{0xf5, 0xf6, 0xf8}, white)
	p.Dark = p.colours(brand, color{0x0f, 0x11, 0x15}, color{0x17, 0x1a, 0x20})
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

func (p *page) colours(brand, ground, surface color) scheme {
	s := scheme{Page: ground, Surface: surface, Accent: brand.awayFrom(ground).awayFrom(surface)}
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
