package facade

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

const missing = "missing; use this option or set %s"

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// require returns a *ValidationError unless ok.
func require(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return invalid(field, format, args...)
}

// textProblem returns why value cannot be the value of a header, or "". net/http
// trims spaces, so two ids could become equal. The text does not quote the value,
// which may be a secret.
func textProblem(value string) string {
	if value == "" {
		return "must not be empty"
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return fmt.Sprintf("must be printable ASCII; byte %d is not (is there a line break?)", i)
		}
	}
	if value != strings.TrimSpace(value) {
		return "must not begin or end with a space"
	}
	return ""
}

func checkText(field, value string) error {
	problem := textProblem(value)
	return require(problem == "", field, "%s", problem)
}

// checkID returns an error if id is not valid in a header or in a path, where "."
// and ".." are special.
func checkID(field, id string) error {
	switch {
	case len(id) > 255:
		return invalid(field, "must be at most 255 bytes, not %d", len(id))
	case id == "." || id == "..":
		return invalid(field, `must not be "." or ".."`)
	}
	return checkText(field, id)
}

func checkAPIKey(field, key string) error {
	if scheme, _, _ := strings.Cut(key, " "); strings.EqualFold(scheme, "Bearer") {
		return invalid(field, `must not begin with "Bearer"; give it the key alone`)
	}
	return checkText(field, key)
}

// checkHeader checks the arguments of WithHeader. key is in its canonical form.
func checkHeader(key, value string) error {
	own := map[string]string{ // the option that sets the header, if any
		"Authorization": "WithAPIKey", "Host": "WithBaseURL", "User-Agent": "WithUserAgent",
		"X-Apideck-App-Id": "WithAppID", "X-Apideck-Consumer-Id": "WithConsumerID",
		"Accept": "", "Accept-Encoding": "", "Connection": "", "Content-Encoding": "", "Content-Length": "",
		"Content-Type": "", "Expect": "", "Keep-Alive": "", "Proxy-Authorization": "", "Proxy-Connection": "",
		"Te": "", "Trailer": "", "Transfer-Encoding": "", "Upgrade": "",
	}
	option, ok := own[key]
	problem := textProblem(value)
	switch {
	case key == "" || strings.ContainsFunc(key, notTokenRune):
		return invalid("WithHeader", "%q is not a valid header name", key)
	case ok:
		return invalid("WithHeader", "%s is set by %s", key, cmp.Or(option, "the client"))
	case problem != "":
		return invalid("WithHeader", "%s %s", key, problem)
	}
	return nil
}

// notTokenRune reports whether r is not a tchar of RFC 9110, section 5.6.2.
func notTokenRune(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && !strings.ContainsRune("0123456789!#$%&'*+-.^_`|~", r)
}

// baseURL is a base URL that parseBaseURL has checked.
type baseURL struct {
	source string // the option or variable that set it
	url    string // ends in a slash, as the generated client expects
	host   string // for logs
	secure bool   // https, or http to a loopback address
}

// parseBaseURL does not quote the URL in its errors: it may have a password.
func parseBaseURL(source, s string) (baseURL, error) {
	u, err := url.Parse(s)
	problem := textProblem(s)
	switch {
	case problem != "":
		return baseURL{}, invalid(source, "%s", problem)
	case err != nil || u.Scheme != "https" && u.Scheme != "http",
		u.Hostname() == "", strings.ContainsAny(u.Host, `"<>%`): // net/http sends such a host as an empty one
		return baseURL{}, invalid(source, "must begin with https://, or http:// for a loopback address, and have a host")
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return baseURL{}, invalid(source, "must not have a user name, a password, a query or a fragment")
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), "vault.apideck.com"):
		return baseURL{}, invalid(source, "must not be the hosted page; the API is at https://unify.apideck.com")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/vault/sessions"):
		return baseURL{}, invalid(source, "must not end in /vault/sessions, which the client adds")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := err == nil && ip.IsLoopback() || strings.EqualFold(u.Hostname(), "localhost")
	return baseURL{source, strings.TrimRight(u.String(), "/") + "/", u.Host, u.Scheme == "https" || loopback}, nil
}
