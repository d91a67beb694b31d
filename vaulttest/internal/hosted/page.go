package hosted

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/apideck-community/vault-go/gen"
)

// page is what the template shows. The URLs and colours of the session are in
// it only after a check; html/template escapes the rest.
type page struct {
	Claims
	View                                        string // integrations, integration, logs or suggestions; unknown, expired, missing or forbidden
	Nonce, CSRF                                 string
	Name                                        string           // of the vault, or of the account, or a neutral one
	Left                                        string           // time until the session expires, in words
	Logo, Favicon, Avatar, Back, Privacy, Terms string           // absolute http or https URLs, or ""
	Brand, Side, OnSide                         template.CSS     // colours, or ""
	APIs                                        []gen.UnifiedAPI // that the session offers
	Events                                      []Event          // newest first

	// View integrations:
	Query  string         // what the consumer searches for
	API    gen.UnifiedAPI // the only one to show, or ""
	Groups []group

	// View integration:
	Connection Connection
	Done       string // what the last action did, such as "authorized"

	actions  []gen.Action
	defaults map[string]string
	sent     map[string]any    // the session, as it came
	leftOut  map[string]string // why a field of the session is not used
}

// group is a unified API and its services.
type group struct {
	API      gen.UnifiedAPI
	Services []Connection
	Added    int // how many of them the consumer has added
	Open     bool
}

func (p *Pages) newPage(view string, c Claims) *page {
	page := &page{Claims: c, View: view, Nonce: rand.Text(), APIs: c.Settings.UnifiedAPIs, actions: c.Settings.AllowActions,
		defaults: p.Defaults, sent: asMap(gen.Session{ConsumerMetadata: c.ConsumerMetadata, CustomConsumerSettings: c.CustomConsumerSettings,
			RedirectURI: c.RedirectURI, Settings: c.Settings, Theme: c.Theme}), leftOut: map[string]string{}}
	if len(page.APIs) == 0 {
		page.APIs = p.APIs
	}
	if page.actions == nil {
		page.actions = p.Actions
	}
	page.Name = firstOf(c.Theme.VaultName, c.ConsumerMetadata.AccountName, "Integrations")
	page.Logo = page.url("theme.logo", c.Theme.Logo)
	page.Favicon = page.url("theme.favicon", c.Theme.Favicon)
	page.Avatar = page.url("consumer_metadata.image", c.ConsumerMetadata.Image)
	page.Back = page.url("redirect_uri", c.RedirectURI)
	page.Privacy = page.url("theme.privacy_url", c.Theme.PrivacyURL)
	page.Terms = page.url("theme.terms_url", c.Theme.TermsURL)
	page.Brand = page.color("theme.primary_color", c.Theme.PrimaryColor)
	page.Side = page.color("theme.sidepanel_background_color", c.Theme.SidepanelBackgroundColor)
	page.OnSide = page.color("theme.sidepanel_text_color", c.Theme.SidepanelTextColor)
	return page
}

// list fills in the groups of services that match the consumer's search.
func (p *page) list(connections []Connection) {
	for _, api := range p.APIs {
		if p.API != "" && p.API != api {
			continue
		}
		g := group{API: api}
		for _, c := range catalog(api, connections) {
			if p.Query != "" && !contains(c.Name, p.Query) && !contains(words(api), p.Query) {
				continue
			}
			g.Services = append(g.Services, c)
			if c.State != Available {
				g.Added++
			}
		}
		g.Open = len(p.APIs) <= 3 || p.Query != "" || p.API != "" || g.Added > 0
		if len(g.Services) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
}

func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// On reports whether a setting is on, by its value or its default.
func (p *page) On(setting string) bool {
	sent, _ := p.sent["settings"].(map[string]any)
	if value, ok := sent[setting].(bool); ok {
		return value
	}
	return p.defaults[setting] == "true"
}

// Sidebar reports whether the page has its panel with navigation.
func (p *page) Sidebar() bool { return p.On("show_sidebar") && !p.On("isolation_mode") }

// Has reports whether the page has an entry for logs or suggestions.
func (p *page) Has(entry string) bool { return p.On("show_"+entry) && !p.On("isolation_mode") }

// allows reports whether the session lets the consumer perform an action. What
// leads to a callable connection is always allowed.
func (p *page) allows(action string) bool {
	switch action {
	case "add", "authorize", "configure":
		return true
	case "enable":
		action = "disable" // which it reverts
	}
	return slices.Contains(p.actions, gen.Action(action))
}

// Actions returns the actions that are possible on the connection now, besides
// those that lead to a callable one. Delete comes last.
func (p *page) Actions() []string {
	var possible []string
	for _, action := range []string{"reauthorize", "enable", "disable", "disconnect", "delete"} {
		if p.allows(action) && p.Connection.Can(action) {
			possible = append(possible, action)
		}
	}
	return possible
}

// Form is a form with one button.
type Form struct{ CSRF, Action, Label, Class string }

// Form returns the form of an action.
func (p *page) Form(action string) Form {
	label := map[string]string{"add": "Add integration", "configure": "Save settings"}[action]
	f := Form{p.CSRF, action, firstOf(label, words(action)), "action"}
	if action == "add" || action == "authorize" || action == "configure" {
		f.Class = "button"
	}
	return f
}

// Suggested returns services that the consumer has not added: the first of each
// API.
func (p *page) Suggested() []Connection {
	var suggested []Connection
	for _, g := range p.Groups {
		if g.Added == 0 {
			suggested = append(suggested, g.Services[0])
		}
	}
	return suggested
}

// Title returns the title of the page.
func (p *page) Title() string {
	return map[string]string{"integrations": "Integrations", "integration": p.Connection.Name, "logs": "Logs", "suggestions": "Suggestions",
		"unknown": "Session not found", "expired": "This session has expired", "missing": "There is no such integration",
		"forbidden": "This is not allowed"}[p.View]
}

// past says what an action did.
var past = map[string]string{"add": "added", "authorize": "authorized", "configure": "configured", "reauthorize": "authorized again",
	"disconnect": "disconnected", "disable": "disabled", "enable": "enabled", "delete": "deleted"}

// Past returns what an action did, in words.
func (p *page) Past(action string) string { return past[action] }

// Status returns what a badge says.
func (c Connection) Status() string {
	if c.State != Available && !c.Enabled {
		return "Disabled"
	}
	return map[State]string{Available: "Available", Added: "Not authorized", Authorized: "Needs settings", Callable: "Connected"}[c.State]
}

// Hue returns the hue of the service's tile.
func (c Connection) Hue() int {
	hue := 0
	for _, b := range []byte(c.Name) {
		hue = (hue*31 + int(b)) % 360
	}
	return hue
}

// Expires returns when the session ends.
func (p *page) Expires() time.Time { return time.Unix(p.ExpiresAt, 0).UTC() }

// BackHost returns the host of the application.
func (p *page) BackHost() string {
	u, err := url.Parse(p.Back)
	if err != nil {
		return ""
	}
	return u.Host
}

func (p *page) url(field, s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		p.leftOut[field] = "not an absolute http or https URL"
		return ""
	}
	if strings.Trim(u.Host, hostCharacters) != "" {
		p.leftOut[field] = "the host has characters that are not allowed"
		return ""
	}
	return s
}

// hostCharacters leaves out what url.Parse accepts in a host and what would end
// a source in a Content-Security-Policy, such as a semicolon.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"

// cssColor matches every colour of CSS that is a name, a hash or one function,
// and nothing that could end a declaration. Whether it is a colour the browser
// decides: see style.css.
var cssColor = regexp.MustCompile(`(?i)^(#[0-9a-f]{3,8}|[a-z]+|[a-z-]+\([-0-9a-z.,%/+# ]*\))$`)

func (p *page) color(field, s string) template.CSS {
	s = strings.TrimSpace(s)
	if s == "" || len(s) <= 100 && cssColor.MatchString(s) {
		return template.CSS(s)
	}
	p.leftOut[field] = "not a CSS colour"
	return ""
}

// Words returns an id as people read it.
func (p *page) Words(id any) string { return words(id) }

// Initials returns two capitals that stand in for a picture.
func (p *page) Initials(names ...string) string {
	words := strings.FieldsFunc(firstOf(names...), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	switch len(words) {
	case 0:
		return ""
	case 1:
		return strings.ToUpper(firstRunes(words[0], 2))
	default:
		return strings.ToUpper(firstRunes(words[0], 1) + firstRunes(words[1], 1))
	}
}

func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// inWords returns d as people say it.
func inWords(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute) / time.Minute); {
	case minutes < 1:
		return "less than a minute"
	case minutes == 1:
		return "1 minute"
	case minutes == 60:
		return "1 hour"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d hours", (minutes+30)/60)
	default:
		return fmt.Sprintf("%d days", (minutes+12*60)/(24*60))
	}
}

// asMap returns v as JSON has it.
func asMap(v any) map[string]any {
	var m map[string]any
	b, err := json.Marshal(v)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(b))
		decoder.UseNumber()
		err = decoder.Decode(&m)
	}
	if err != nil {
		panic(err) // v came from JSON
	}
	return m
}
