package hosted

import (
	"cmp"
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apideck-community/vault-go/gen"
)

// page is the data of the template. Its URLs and colors have been validated: those
// that cannot be used are "". html/template escapes the rest.
type page struct {
	Claims
	Consumer
	// integrations, integration, suggestions or logs; or without a session:
	// unknown, expired, missing or forbidden
	View     string
	Nonce    string
	CSRF     string // "" without a session
	Name     string // of the vault or of the account, or "Integrations"
	Isolated bool   // there is no navigation
	Actions  []gen.Action
	APIs     []gen.UnifiedAPI

	Back                template.URL      // where Done leads, or ""
	Brand, Side, OnSide template.CSS      // colors, or ""
	Notes               map[string]string // why a field of the session is not used as it was sent

	Connection Connection // of the view integration
	Notice     Event      // the last action on it, if it was not shown yet

	defaults map[string]string
	query    url.Values
}

// group is a unified API and its services.
type group struct {
	API      gen.UnifiedAPI
	Services []Connection
	Added    int // how many of them the consumer has added
	Open     bool
}

func (p *Pages) newPage(view string, r *http.Request, c Claims) *page {
	page := &page{
		Claims:   c,
		View:     view,
		Nonce:    rand.Text(),
		Actions:  c.Settings.AllowActions,
		Back:     template.URL(c.RedirectURI),
		Notes:    map[string]string{},
		defaults: p.Defaults,
		query:    r.URL.Query(),
	}
	if page.Actions == nil {
		page.Actions = p.Actions
	}

	for _, api := range c.Settings.UnifiedAPIs {
		if !slices.Contains(page.APIs, api) {
			page.APIs = append(page.APIs, api)
		}
	}
	if len(page.APIs) == 0 {
		page.APIs = p.APIs
	}

	page.Name = cmp.Or(c.Theme.VaultName, c.ConsumerMetadata.AccountName, "Integrations")

	for field, u := range map[string]*string{
		"theme.logo":              &page.Theme.Logo,
		"theme.favicon":           &page.Theme.Favicon,
		"theme.privacy_url":       &page.Theme.PrivacyURL,
		"theme.terms_url":         &page.Theme.TermsURL,
		"consumer_metadata.image": &page.ConsumerMetadata.Image,
	} {
		if *u != "" && WebHost(*u) == "" {
			page.Notes[field] = "not used: not an absolute http or https URL"
			*u = ""
		}
	}

	page.Brand = page.color("theme.primary_color", c.Theme.PrimaryColor)
	page.Side = page.color("theme.sidepanel_background_color", c.Theme.SidepanelBackgroundColor)
	page.OnSide = page.color("theme.sidepanel_text_color", c.Theme.SidepanelTextColor)
	if !areReadable(string(page.OnSide), string(page.Side)) {
		page.Notes["theme.sidepanel_text_color"] = "changed: cannot be read on sidepanel_background_color"
	}
	return page
}

// Param returns a parameter of the URL: integration, isolation, view, or what to
// list: q and api.
func (p *page) Param(name string) string { return strings.TrimSpace(p.query.Get(name)) }

// Groups returns the groups of services that match the search.
func (p *page) Groups() (groups []group) {
	search, only := strings.ToLower(p.Param("q")), gen.UnifiedAPI(p.Param("api"))
	isNarrow := len(p.APIs) <= 3 || search != "" || only != ""

	for _, api := range p.APIs {
		if cmp.Or(only, api) != api {
			continue
		}

		g := group{API: api, Open: isNarrow}
		for _, c := range catalog(api, p.Connections) {
			if !strings.Contains(strings.ToLower(c.Name+" "+words(string(api))), search) {
				continue
			}
			g.Services = append(g.Services, c)
			if c.State != Available {
				g.Added++
				g.Open = true
			}
		}

		if len(g.Services) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// On reports whether a boolean setting is on, by its value or its default.
func (p *page) On(setting string) bool {
	settings, _ := p.Sent["settings"].(map[string]any)
	if value, ok := settings[setting].(bool); ok {
		return value
	}
	return p.defaults[setting] == "true"
}

// Has reports whether the navigation has an entry: logs or suggestions.
func (p *page) Has(entry string) bool {
	isEntry := entry == "logs" || entry == "suggestions"
	return isEntry && p.On("show_"+entry) && !p.Isolated
}

// allows reports whether the session lets the consumer perform an action. The
// steps to a callable connection are always allowed.
func (p *page) allows(action string) bool {
	if action == "enable" {
		action = "disable" // allowed together
	}
	return transitions[action].isStep || slices.Contains(p.Actions, gen.Action(action))
}

// Offered returns the allowed actions that are possible on the connection now,
// without the steps to a callable connection.
func (p *page) Offered() []string {
	actions := []string{"reauthorize", "enable", "disable", "disconnect", "delete"}
	return slices.DeleteFunc(actions, func(action string) bool {
		return !p.allows(action) || !p.Connection.Can(action)
	})
}

// Label returns what is written on the button of an action.
func (p *page) Label(action string) string { return title(action) }

// steps has the action that takes a connection further.
var steps = map[State]string{
	Available:  "add",
	Added:      "authorize",
	Invalid:    "authorize",
	Authorized: "configure",
}

// Step returns the action that takes the connection further, or "".
func (p *page) Step() string { return steps[p.Connection.State] }

// Chose reports whether the consumer has chosen an option of a setting.
func (p *page) Chose(option string) bool {
	return slices.Contains(p.Chosen[p.Connection.id()], option)
}

// Expires returns when the session expires.
func (p *page) Expires() time.Time { return time.Unix(p.ExpiresAt, 0).UTC() }

// BackTo returns where Done leads, in short.
func (p *page) BackTo() string {
	return cmp.Or(WebHost(p.RedirectURI), "the application")
}

// IsReturnURI reports whether a browser can be sent to s: an http or https URL, or
// one of another scheme that does not run code in the page.
func IsReturnURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" {
		return false
	}

	switch u.Scheme {
	case "", "javascript", "vbscript", "data", "file":
		return false
	case "http", "https":
		return u.Host != ""
	default:
		return u.Host != "" || u.Path != ""
	}
}

// WebHost returns the host of an absolute http or https URL, or "" if s is none.
func WebHost(s string) string {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return ""
	}
	return u.Host
}

func (p *page) color(field, s string) template.CSS {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" || isColor(s) {
		return template.CSS(s)
	}
	p.Notes[field] = "not used: not a color that this page knows"
	return ""
}

// Words returns the display name of a unified API.
func (p *page) Words(id gen.UnifiedAPI) string { return words(string(id)) }

// Initials returns up to two capital letters of the first name that is not empty.
func (p *page) Initials(names ...string) string { return initials(cmp.Or(names...), 2) }

// initials returns the first letters of up to n words, in capitals.
func initials(name string, n int) string {
	words := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N)
	})

	letters := ""
	for _, word := range words[:min(n, len(words))] {
		first, _ := utf8.DecodeRuneInString(word)
		letters += string(unicode.ToUpper(first))
	}
	return letters
}
