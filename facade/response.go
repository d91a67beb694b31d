package facade

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apideck-community/vault-go/gen"
)

// CreateSessionResponse is a created session. Data.SessionURI and
// Data.SessionToken are never empty, and both are secrets: whoever holds one
// acts as the consumer until it expires. Every verb of package fmt and slog
// print the response without them; [json.Marshal] keeps them.
type CreateSessionResponse struct {
	gen.CreateSessionResponse

	RequestID string      // header x-apideck-request-id, "" when absent; quote it to Apideck's support
	Header    http.Header // the response's header
	Attempts  int         // attempts made, this one included
}

// receive makes a typed result of what a method of the generated client
// returned: the way of every operation. unusable says why an answer that decodes
// is of no use to the caller, "" if it is; nil takes any.
func receive[T any](c *call, answer *http.Response, err error, out *T, unusable func(out *T, https bool) string) (*T, error) {
	if err != nil {
		return nil, c.notSent(err)
	}
	if err := c.decode(answer, out); err != nil {
		return nil, err
	}
	if unusable != nil {
		if reason := unusable(out, c.base.https); reason != "" {
			return nil, c.invalidResponse(answer, reason, nil)
		}
	}
	c.budget.succeeded(c.attempts) // not before: an answer of no use is a failure
	return out, nil
}

// decode decodes the body of an answer with a success status into v. It is
// lenient: json.Unmarshal skips unknown fields and those of the wrong type,
// decodes the others, and then says so, which is no failure here.
func (c *call) decode(resp *http.Response, v any) error {
	err := json.Unmarshal(c.body, v)
	if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); err == nil || mistyped {
		return nil
	}
	reason := "the body is not JSON"
	if len(c.body) == 0 {
		reason = "the body is empty"
	}
	if contentType := resp.Header.Get("Content-Type"); !strings.HasPrefix(contentType, "application/json") {
		reason += fmt.Sprintf(" (Content-Type %q)", contentType)
	}
	return c.invalidResponse(resp, reason, err)
}

// unusableSession returns why the session cannot be used, "" if it can. The
// reason does not show the values.
func unusableSession(got *gen.CreateSessionResponse, https bool) string {
	data := got.Data
	switch {
	case data.SessionURI == "":
		return "session_uri is missing"
	case data.SessionToken == "":
		return "session_token is missing"
	case unprintable(data.SessionURI):
		return "session_uri has characters that no URI has"
	// As a rule the token is the URI's end, and was looked at with it.
	case !strings.HasSuffix(data.SessionURI, data.SessionToken) && unprintable(data.SessionToken):
		return "session_token has characters that no token has"
	}
	uri, err := url.Parse(origin(data.SessionURI))
	if err != nil || uri.Host == "" {
		return "session_uri is not an absolute URL"
	}
	if uri.Scheme == "https" || uri.Scheme == "http" && !https {
		return ""
	}
	return "session_uri is not an https URL"
}

// origin returns uri up to its path, which holds the token: a kilobyte that
// url.Parse would go through several times.
func origin(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	if path := strings.IndexAny(rest, "/?#"); path >= 0 {
		return uri[:len(uri)-len(rest)+path]
	}
	return uri
}

// unprintable reports whether s has a control character, a space, or bytes that
// are not UTF-8. Both values are a kilobyte of ASCII that prints, as a rule.
func unprintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return strings.ContainsFunc(s[i:], func(r rune) bool {
				return r == utf8.RuneError || unicode.IsControl(r) || unicode.IsSpace(r)
			})
		}
	}
	return false
}

// ExpiresAt returns when the session ends, from the exp claim of its token. The
// token's signature is not checked: only the API has the key. ok is false when
// the token is not a JWT with that claim.
func (r CreateSessionResponse) ExpiresAt() (t time.Time, ok bool) {
	parts := strings.Split(r.Data.SessionToken, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp float64 `json:"exp"` // seconds since 1970, RFC 7519, section 4.1.4
	}
	const year10000 = 253402300800
	if json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 || claims.Exp >= year10000 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}

// String returns r with its session redacted.
func (r CreateSessionResponse) String() string {
	return fmt.Sprintf("{StatusCode:%d Status:%q Data:%s RequestID:%q Attempts:%d}",
		r.StatusCode, r.Status, r.Data, r.RequestID, r.Attempts)
}

// Format implements [fmt.Formatter] with [CreateSessionResponse.String].
func (r CreateSessionResponse) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), r.String())
}

// LogValue implements [slog.LogValuer] with the session redacted.
func (r CreateSessionResponse) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("status_code", r.StatusCode),
		slog.String("request_id", r.RequestID),
		slog.Int("attempts", r.Attempts),
		slog.Any("data", r.Data),
	)
}
