package facade

import (
	"fmt"
	"net/http"
	"strings"

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
