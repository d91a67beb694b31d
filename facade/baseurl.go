package facade

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// baseURL is a checked base URL.
type baseURL struct {
	url      string // ends in a slash, as the generated client wants it
	host     string // for logs
	https    bool
	loopback bool
}

// needsInsecure is false for the zero baseURL too, which stands for one that
// was refused and reported.
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
