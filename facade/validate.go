package facade

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// require returns an error unless ok.
func require(ok bool, field, reason string) error {
	if ok {
		return nil
	}
	return invalid(field, "%s", reason)
}

// missing and the name of a variable are the reason for an option that is not given and
// whose variable is not set.
const missing = "missing; use this option or set "

// textReason returns why value is not plain text, as a header needs, or "". It does
// not quote the value, which may be a secret.
func textReason(value string) string {
	if value == "" {
		return "must not be empty"
	}

	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return fmt.Sprintf("must be printable ASCII; byte %d is not (is there a line break?)", i)
		}
	}

	// net/http trims spaces, so that two different ids could be sent as one.
	if value != strings.TrimSpace(value) {
		return "must not begin or end with a space"
	}
	return ""
}

func checkText(field, value string) error {
	reason := textReason(value)
	return require(reason == "", field, reason)
}

// checkID returns an error if id is not valid in a header, or in the path of another
// operation, where "." and ".." are special.
func checkID(field, id string) error {
	if len(id) > 255 {
		return invalid(field, "must be at most 255 bytes, not %d", len(id))
	}
	if id == "." || id == ".." {
		return invalid(field, `must not be "." or ".."`)
	}
	if strings.ContainsFunc(id, func(r rune) bool { return r > unicode.MaxASCII }) {
		return invalid(field, "must be printable ASCII; percent-encode or hash it")
	}
	return checkText(field, id)
}

// reservedReason returns why WithHeader does not accept a header, or "".
func reservedReason(key string) string {
	switch key {
	case "Authorization":
		return "is set by WithAPIKey"
	case "Host":
		return "is set by WithBaseURL"
	case "User-Agent":
		return "is set by WithUserAgent"
	case "X-Apideck-App-Id":
		return "is set by WithAppID"
	case "X-Apideck-Consumer-Id":
		return "is set by WithConsumerID"
	case "Accept", "Accept-Encoding", "Content-Length", "Content-Type":
		return "is set by the client"
	case "Connection", "Content-Encoding", "Expect", "Keep-Alive", "Proxy-Authorization",
		"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return "controls the connection or the encoding"
	case "Idempotency-Key", "X-Idempotency-Key":
		return "has no effect in the API, but makes net/http send requests again"
	}
	return ""
}

// checkHeaders checks the headers of WithHeader, in the order of their keys.
func checkHeaders(header http.Header) error {
	if len(header) == 0 {
		return nil // as usual; what follows allocates
	}

	var errs []error
	for _, key := range slices.Sorted(maps.Keys(header)) {
		errs = append(errs, checkHeader(key, header.Get(key)))
	}
	return errors.Join(errs...)
}

// checkHeader checks the arguments of WithHeader. key is in its canonical form.
func checkHeader(key, value string) error {
	if key == "" || strings.ContainsFunc(key, notTokenRune) {
		return invalid("WithHeader", "%q is not a valid header name", key)
	}
	reason := cmp.Or(reservedReason(key), textReason(value))
	return require(reason == "", "WithHeader", key+" "+reason)
}

// notTokenRune reports whether r is not a tchar of RFC 9110, section 5.6.2.
func notTokenRune(r rune) bool {
	const tchars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~"
	return !strings.ContainsRune(tchars, r)
}

// parseInsecure reports whether http is allowed to any host.
func parseInsecure(s setting) (bool, error) {
	switch s.value {
	case "1", "true":
		return true, nil
	case "", "0", "false":
		return false, nil
	}
	return false, invalid(s.source, `must be "1", "true", "0" or "false"`)
}

// endpoint is a base URL that parseBaseURL has checked.
type endpoint struct {
	setting setting
	url     string // ends in a slash, as the generated client expects
	host    string // for logs
	https   bool
	secure  bool // https, or http to a loopback address
}

// parseBaseURL parses and checks a base URL. Its errors do not quote the URL, which
// may have a password.
func parseBaseURL(s setting) (endpoint, error) {
	fail := func(reason string) (endpoint, error) { return endpoint{}, invalid(s.source, "%s", reason) }

	if reason := textReason(s.value); reason != "" {
		return fail(reason)
	}

	u, err := url.Parse(s.value)
	if err != nil {
		return fail("is not a valid URL; it must begin with https:// and a host")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return fail("must begin with https://, or http:// for a loopback address")
	}
	if u.User != nil {
		return fail("must not have a user name or a password")
	}
	if !validHost(u) {
		return fail("must have a valid host, such as https://unify.apideck.com")
	}
	if strings.ContainsAny(s.value, "?#") {
		return fail("must not have a query or a fragment")
	}

	host := strings.TrimSuffix(u.Hostname(), ".")
	if strings.EqualFold(host, "vault.apideck.com") {
		return fail("must not be the hosted page; the API is at https://unify.apideck.com")
	}
	path := strings.TrimRight(u.Path, "/")
	if strings.HasSuffix(path, "/vault/sessions") {
		return fail("must not end in /vault/sessions, which the client adds")
	}

	return endpoint{
		setting: s,
		url:     strings.TrimRight(u.String(), "/") + "/",
		host:    u.Host,
		https:   u.Scheme == "https",
		secure:  u.Scheme == "https" || isLoopback(u.Hostname()),
	}, nil
}

// validHost reports whether the host of u is usable in a request and in a browser.
func validHost(u *url.URL) bool {
	if u.Hostname() == "" {
		return false
	}
	// None of these is valid in a host name; % begins an IPv6 zone. net/http would send
	// some of them as an empty host.
	if strings.ContainsAny(u.Hostname(), "\"'<>%[]") {
		return false
	}
	if u.Port() == "" {
		return true
	}

	_, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
