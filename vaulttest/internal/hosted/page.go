package hosted

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/url"
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
	View     string
	Nonce    string
	CSRF     string
	Left     string // time until the session expires; "" without a session
	Name     string // of the vault or of the account, or "Integrations"
	Isolated bool   // there is no navigation
	Actions  []gen.Action
	APIs     []gen.UnifiedAPI

	Back                template.URL      // where Done leads, or ""
	Privacy, Terms      string            // absolute http or https URLs, or ""
	Logo, Favicon       string            // of images, or ""
	Avatar              string            // of an image, or ""
	Brand, Side, OnSide template.CSS      // colors, or ""
	Notes               map[string]string // why a field of the session is not used as it was sent

	Query  string         // what to search for
	API    gen.UnifiedAPI // the only one to list, or ""
	Groups []group
	Events []Event // newest first

	Connection Connection // of the view integration
	Notice     Notice     // of the last action on it

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
		Claims:   c,
		View:     view,
		Nonce:    rand.Text(),
		Actions:  c.Settings.AllowActions,
		APIs:     slices.Clone(c.Settings.UnifiedAPIs),
		Notes:    map[string]string{},
		defaults: p.Defaults,
	}
	if page.Actions == nil {
		page.Actions = p.Actions
	}
	if len(page.APIs) == 0 {
		page.APIs = slices.Clone(p.APIs)
	}
	page.APIs = unique(page.APIs)
	page.Isolated = page.On("isolation_mode")

	page.Name = firstOf(c.Theme.VaultName, c.ConsumerMetadata.AccountName, "Integrations")
	if IsReturnURI(c.RedirectURI) {
		page.Back = template.URL(c.RedirectURI)
	}
	page.Logo = page.image("theme.logo", c.Theme.Logo)
	page.Favicon = page.image("theme.favicon", c.Theme.Favicon)
	page.Avatar = page.image("consumer_metadata.image", c.ConsumerMetadata.Image)
	page.Privacy = page.url("theme.privacy_url", c.Theme.PrivacyURL)
	page.Terms = page.url("theme.terms_url", c.Theme.TermsURL)

	page.Brand = page.color("theme.primary_color", c.Theme.PrimaryColor)
	page.Side = page.color("theme.sidepanel_background_color", c.Theme.SidepanelBackgroundColor)
	page.OnSide = page.color("theme.sidepanel_text_color", c.Theme.SidepanelTextColor)
	if !areReadable(string(page.OnSide), string(page.Side)) {
		page.Notes["theme.sidepanel_text_color"] = "changed: cannot be read on sidepanel_background_color"
	}
	return page
}

// unique returns apis without those that occur before.
func unique(apis []gen.UnifiedAPI) []gen.UnifiedAPI {
	var found []gen.UnifiedAPI
	for _, api := range apis {
		if !slices.Contains(found, api) {
			found = append(found, api)
		}
	}
	return found
}

// list fills in the groups of services that match the search.
func (p *page) list(connections []Connection) {
	search := strings.ToLower(p.Query)
	isNarrow := len(p.APIs) <= 3 || p.Query != "" || p.API != ""
	for _, api := range p.APIs {
		if p.API != "" && p.API != api {
			continue
		}

		g := group{API: api}
		for _, c := range catalog(api, connections) {
			if !strings.Contains(strings.ToLower(c.Name+" "+words(string(api))), search) {
				continue
			}
			g.Services = append(g.Services, c)
			if c.State != Available {
				g.Added++
			}
		}

		g.Open = isNarrow || g.Added > 0
		if len(g.Services) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
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
func (p *page) Has(entry string) bool { return p.On("show_"+entry) && !p.Isolated }

// allows reports whether the session lets the consumer perform an action. The
// steps to a callable connection are always allowed.
func (p *page) allows(action string) bool {
	switch action {
	case "add", "authorize", "deny", "reject", "configure":
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
func (p *page) Step() string {
	if p.View != "integration" {
		return ""
	}
	return steps[p.Connection.State]
}

// Regions and Syncs are the choices of the settings form.
func (p *page) Regions() []string { return regions }
func (p *page) Syncs() []string   { return syncs }

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

// BackTo returns where Done leads, in short.
func (p *page) BackTo() string {
	return cmp.Or(p.Host(string(p.Back)), "the application")
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

// url returns s if it is an absolute http or https URL, and otherwise notes that
// it is not.
func (p *page) url(field, s string) string {
	u, err := url.Parse(s)
	isWeb := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if s == "" || isWeb {
		return s
	}
	p.Notes[field] = "not used: not an absolute http or https URL"
	return ""
}

// hostCharacters are the characters allowed in a host. url.Parse accepts more,
// such as a semicolon, which would end a source in a Content-Security-Policy.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"

// image is like url, for one whose host can be in a Content-Security-Policy.
func (p *page) image(field, s string) string {
	if strings.Trim(p.Host(s), hostCharacters) != "" {
		p.Notes[field] = "not used: not a host in ASCII"
		return ""
	}
	return p.url(field, s)
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

// Initials returns up to two capital letters of the first name that is not blank.
func (p *page) Initials(names ...string) string { return initials(firstOf(names...), 2) }

// initials returns the first letters of up to n words, in capitals.
func initials(name string, n int) string {
	letters := ""
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	}) {
		first, _ := utf8.DecodeRuneInString(word)
		letters += string(unicode.ToUpper(first))
		if utf8.RuneCountInString(letters) == n {
			break
		}
	}
	return letters
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
