package facade

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

const missing = "is missing; use this option or set %s"

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// require returns an error unless ok.
func require(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return invalid(field, format, args...)
}

// textProblem returns why value cannot be the value of a header, or "". net/http
// would trim outer space, so that two ids could mean one consumer. The text does
// not show the value, which may be a secret.
func textProblem(value string) string {
	if value == "" {
		return "is empty; give it a value or leave it out"
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return fmt.Sprintf("is not printable ASCII at byte %d; remove a line break, escape other characters", i)
		}
	}
	if value != strings.TrimSpace(value) {
		return "begins or ends with a space; remove it"
	}
	return ""
}

func checkText(field, value string) error {
	problem := textProblem(value)
	return require(problem == "", field, "%s", problem)
}

// checkID is also for an id in a path, where "." and ".." mean another path.
func checkID(field, id string) error {
	switch {
	case len(id) > 255:
		return invalid(field, "is %d bytes long; it must be at most 255", len(id))
	case id == "." || id == "..":
		return invalid(field, `must not be "." or ".."`)
	}
	return checkText(field, id)
}

func checkAPIKey(field, key string) error {
	if scheme, _, _ := strings.Cut(key, " "); strings.EqualFold(scheme, "Bearer") {
		return invalid(field, `begins with "Bearer"; remove it`)
	}
	return checkText(field, key)
}

// baseURL is a base URL that parseBaseURL has checked.
type baseURL struct {
	source string // the option or variable that set it
	url    string // ends in a slash, as the generated client expects
	host   string // for logs
	secure bool   // https, or http to a loopback address
}

// parseBaseURL does not show the URL in its errors: it may have a password.
func parseBaseURL(source, s string) (baseURL, error) {
	u, err := url.Parse(s)
	problem := textProblem(s)
	switch {
	case problem != "":
		return baseURL{}, invalid(source, "%s", problem)
	case err != nil || u.Scheme != "https" && u.Scheme != "http",
		u.Hostname() == "", strings.ContainsAny(u.Host, `"<>%`): // net/http sends such a host as an empty one
		return baseURL{}, invalid(source, `must be an https URL with a host, such as "https://unify.apideck.com"`)
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return baseURL{}, invalid(source, "has a user name, a password, a query or a fragment; remove it")
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), "vault.apideck.com"):
		return baseURL{}, invalid(source, "is the page for the browser; the API is at https://unify.apideck.com")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/vault/sessions"):
		return baseURL{}, invalid(source, "ends in /vault/sessions; remove that, the client adds it")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := err == nil && ip.IsLoopback() || strings.EqualFold(u.Hostname(), "localhost")
	return baseURL{source, strings.TrimRight(u.String(), "/") + "/", u.Host, u.Scheme == "https" || loopback}, nil
}
