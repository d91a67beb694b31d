package facade

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// checkText accepts what crosses HTTP as a header value unchanged: net/http
// would trim outer space, so that two ids could mean one consumer. The message
// never shows the value, which may be a secret.
func checkText(field, value string) error {
	if value == "" {
		return invalid(field, "is empty")
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' || b == 0x7f {
			return invalid(field, "has a control character at byte %d; remove it (a line break at the end is often read from a file)", i)
		} else if b > 0x7f {
			return invalid(field, "has a non-ASCII character at byte %d; encode the value first", i)
		}
	}
	if value != strings.TrimSpace(value) {
		return invalid(field, "begins or ends with a space; remove it")
	}
	return nil
}

func checkID(field, id string) error {
	if len(id) > 255 {
		return invalid(field, "is %d bytes long; at most 255 are allowed", len(id))
	}
	return checkText(field, id)
}

func checkAPIKey(field, key string) error {
	if err := checkText(field, key); err != nil {
		return err
	}
	if len(key) >= 6 && strings.EqualFold(key[:6], "bearer") && (len(key) == 6 || key[6] == ' ') {
		return invalid(field, `begins with "Bearer"; give the key alone`)
	}
	return nil
}

// reserved says, for a header that WithHeader cannot set, what to do instead.
func reserved(key string) string {
	switch key {
	case "Authorization":
		return "use WithAPIKey"
	case "X-Apideck-App-Id":
		return "use WithAppID"
	case "X-Apideck-Consumer-Id":
		return "use WithConsumerID"
	case "User-Agent":
		return "use WithUserAgent"
	case "Host":
		return "use WithBaseURL"
	case "Proxy-Authorization", "Proxy-Connection":
		return "use WithHTTPClient with a transport for the proxy"
	case "Accept", "Accept-Encoding", "Content-Type", "Content-Length", "Content-Encoding",
		"Connection", "Expect", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return "the client governs the connection and the encoding"
	}
	return ""
}

// checkHeader returns the canonical form of key.
func checkHeader(key, value string) (string, error) {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return !isTokenRune(r) }) {
		return "", invalid("WithHeader", "key %q is not a header name", key)
	}
	key = http.CanonicalHeaderKey(key)
	if why := reserved(key); why != "" {
		return "", invalid("WithHeader", "%s cannot be set; %s", key, why)
	}
	return key, checkText("WithHeader "+key, value)
}

// isTokenRune is tchar of RFC 9110, section 5.6.2.
func isTokenRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// baseURL is a checked base URL.
type baseURL struct {
	url      string // ends in a slash, as the generated client wants it
	host     string // for logs
	https    bool
	loopback bool
}

func (b baseURL) needsInsecure() bool { return b.url != "" && !b.https && !b.loopback }

// parseBaseURL never echoes the URL: it may hold a password.
func parseBaseURL(field, s string) (baseURL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return baseURL{}, invalid(field, "is empty; leave it out for https://unify.apideck.com")
	case err != nil:
		return baseURL{}, invalid(field, "is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return baseURL{}, invalid(field, "must begin with https://")
	case u.User != nil:
		return baseURL{}, invalid(field, "holds a user name or password; remove it")
	case u.Hostname() == "":
		return baseURL{}, invalid(field, "has no host")
	case !isHostname(u.Hostname()):
		return baseURL{}, invalid(field, "has a host with characters that no host has; write an international name in its xn-- form")
	case u.RawQuery != "" || u.ForceQuery:
		return baseURL{}, invalid(field, "has a query; remove it")
	case strings.Contains(s, "#"):
		return baseURL{}, invalid(field, "has a fragment; remove it")
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), "vault.apideck.com"):
		return baseURL{}, invalid(field, "vault.apideck.com is where the browser goes; the API is at https://unify.apideck.com")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return baseURL{}, invalid(field, "has an invalid port")
		}
	}
	// RFC 3986: the host is not case-sensitive; one form for logs and pools.
	u.Host = strings.ToLower(u.Host)
	return baseURL{
		url:      strings.TrimRight(u.String(), "/") + "/",
		host:     u.Host,
		https:    u.Scheme == "https",
		loopback: isLoopback(u.Hostname()),
	}, nil
}

// isHostname accepts an IP address, or a name as DNS has it: of any other
// net/http sends an empty Host header.
func isHostname(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" || !strings.ContainsFunc(host, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// maxSessionLength is the API's own limit.
const maxSessionLength = 7 * 24 * time.Hour

// checkSessionLength wants one integer and one unit. Go's own form of a
// duration, 1h0m0s, is not understood by the API.
func checkSessionLength(s string) error {
	const field = "settings.session_length"
	if s == "" {
		return nil
	}
	number, letter := s[:len(s)-1], s[len(s)-1]
	n, err := strconv.ParseUint(number, 10, 32)
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': maxSessionLength}[letter]
	switch {
	case unit == 0 || err != nil:
		return invalid(field, `%q is not one integer and one unit, such as "30m" or "1h"; use SessionLength`, s)
	case n == 0:
		return invalid(field, "%q is no time at all; the shortest that SessionLength makes is 1m", s)
	case time.Duration(n) > maxSessionLength/unit:
		return invalid(field, "%q is longer than one week", s)
	}
	return nil
}
