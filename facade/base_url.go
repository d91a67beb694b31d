package facade

import (
	"net/netip"
	"net/url"
	"strings"
)

// baseURL is a base URL that parseBaseURL has checked.
type baseURL struct {
	source string // the option or variable that set it
	url    string // ends in a slash, as the generated client expects
	host   string // for logs
	https  bool
	secure bool // https, or http to a loopback address
}

// parseBaseURL does not show the URL in its errors: it may have a password.
func parseBaseURL(source, s string) (baseURL, error) {
	if problem := textProblem(s); problem != "" {
		return baseURL{}, invalid(source, "%s", problem)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http",
		u.Hostname() == "", strings.ContainsAny(u.Host, `"<>%`): // net/http sends such a host as an empty one
		return baseURL{}, invalid(source, "must be an https URL with a host")
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return baseURL{}, invalid(source, "has a user name, a password, a query or a fragment; remove it")
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), "vault.apideck.com"):
		return baseURL{}, invalid(source, "is the page for the browser; the API is at https://unify.apideck.com")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/vault/sessions"):
		return baseURL{}, invalid(source, "ends in /vault/sessions; remove that, the client adds it")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := err == nil && ip.IsLoopback() || strings.EqualFold(u.Hostname(), "localhost")
	https := u.Scheme == "https"
	return baseURL{source, strings.TrimRight(u.String(), "/") + "/", u.Host, https, https || loopback}, nil
}
