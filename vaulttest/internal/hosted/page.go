package hosted

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apideck-community/vault-go/gen"
)

// page is the data of the template. Its URLs and colors have been validated;
// html/template escapes the rest.
type page struct {
	Claims
	// integrations, integration, suggestions or logs; or without a session:
	// unknown, expired, missing or forbidden
	View    string
	Nonce   string
	CSRF    string
	Left    string // time until the session expires; "" without a session
	Name    string // of the vault or of the account, or "Integrations"
	Actions []gen.Action
	APIs    []gen.UnifiedAPI

	// Absolute http or https URLs, or "".
	Logo, Favicon, Avatar, Back, Privacy, Terms string
	// Colors, or "".
	Brand, Side, OnSide template.CSS
	LeftOut             map[string]string // why a field of the session is not used

	Query  string         // what to search for
	API    gen.UnifiedAPI // the only one to list, or ""
	Groups []group
	Events []Event // newest first

	Connection Connection // of the view integration
	Done       string     // what the last action did to it, such as "authorized"

	sent     map[string]any // the session, decoded from JSON
	defaults map[string]string
}

// group is a unified API and its services.
type group struct {
	API      gen.UnifiedAPI
	Services []Connection
	Added    int // how many of them the consumer has added
	Open     bool
}

func (p *Pages) newPage(view string, c Claims) *page {
	page := &page{
		Claims: c, View: view, Nonce: rand.Text(), Actions: c.Settings.AllowActions, APIs: c.Settings.UnifiedAPIs,
		LeftOut: map[string]string{}, defaults: p.Defaults, sent: asMap(gen.Session{
			ConsumerMetadata: c.ConsumerMetadata, CustomConsumerSettings: c.CustomConsumerSettings,
			RedirectURI: c.RedirectURI, Settings: c.Settings, Theme: c.Theme,
		}),
	}
	if page.Actions == nil {
		page.Actions = p.Actions
	}
	if len(page.APIs) == 0 {
		page.APIs = p.APIs
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

// list fills in the groups of services that match the search.
func (p *page) list(connections []Connection) {
	search := strings.ToLower(p.Query)
	for _, api := range p.APIs {
		g := group{API: api}
		for _, c := range catalog(api, connections) {
			if !strings.Contains(strings.ToLower(c.Name+" "+words(string(api))), search) || p.API != "" && p.API != api {
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

// On reports whether a boolean setting is on, by its value or its default.
func (p *page) On(setting string) bool {
	settings, _ := p.sent["settings"].(map[string]any)
	if value, ok := settings[setting].(bool); ok {
		return value
	}
	return p.defaults[setting] == "true"
}

// Has reports whether the page has a part: sidebar, logs or suggestions.
func (p *page) Has(part string) bool { return p.On("show_"+part) && !p.On("isolation_mode") }

// allows reports whether the session lets the consumer perform an action. The
// steps to a callable connection are always allowed.
func (p *page) allows(action string) bool {
	switch action {
	case "add", "authorize", "configure":
		return true
	case "enable":
		action = "disable" // allowed together
	}
	return slices.Contains(p.Actions, gen.Action(action))
}

// Offered returns the allowed actions that are possible on the connection now,
// without the steps to a callable connection.
func (p *page) Offered() []string {
	actions := []string{"reauthorize", "enable", "disable", "disconnect", "delete"}
	return slices.DeleteFunc(actions, func(action string) bool {
		return !p.allows(action) || !p.Connection.Can(action)
	})
}

// form is a form with one button.
type form struct{ CSRF, Action string }

// Form returns the form for an action.
func (p *page) Form(action string) form { return form{p.CSRF, action} }

// Expires returns when the session expires.
func (p *page) Expires() time.Time { return time.Unix(p.ExpiresAt, 0).UTC() }

// Host returns the host of a URL.
func (p *page) Host(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}

// hostCharacters are the characters allowed in a host. url.Parse accepts more,
// such as a semicolon, which would end a source in a Content-Security-Policy.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"

func (p *page) url(field, s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		p.LeftOut[field] = "not an absolute http or https URL"
	case strings.Trim(u.Host, hostCharacters) != "":
		p.LeftOut[field] = "not a valid host"
	default:
		return s
	}
	return ""
}

// cssColor matches a name, a hash or one function, and nothing that could end a
// declaration. The browser decides whether it is a valid color: see style.css.
var cssColor = regexp.MustCompile(`(?i)^(#[0-9a-f]{3,8}|[a-z]+|[a-z-]+\([-0-9a-z.,%/+# ]*\))$`)

func (p *page) color(field, s string) template.CSS {
	s = strings.TrimSpace(s)
	if s == "" || len(s) <= 100 && cssColor.MatchString(s) && !strings.Contains(strings.ToLower(s), "currentcolor") {
		return template.CSS(s)
	}
	p.LeftOut[field] = "not a CSS color"
	return ""
}

// Words returns the display name of a unified API.
func (p *page) Words(id gen.UnifiedAPI) string { return words(string(id)) }

// Initials returns up to two capital letters of the first name that is not blank.
func (p *page) Initials(names ...string) string {
	initials := ""
	for word := range strings.FieldsFuncSeq(firstOf(names...), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	}) {
		first, _ := utf8.DecodeRuneInString(word)
		if initials += string(unicode.ToUpper(first)); utf8.RuneCountInString(initials) == 2 {
			break
		}
	}
	return initials
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// inWords returns d in words.
func inWords(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	switch {
	case minutes < 1:
		return "less than a minute"
	case minutes == 1:
		return "1 minute"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	default:
		return fmt.Sprintf("%d hours", (minutes+30)/60)
	}
}
