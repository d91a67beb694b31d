package facade

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// CreateSessionResponse is a created session. Data.SessionURI and
// Data.SessionToken are never empty, and both are secrets: whoever holds one
// acts as the consumer until the session expires. fmt and slog print the
// response without them. [json.Marshal] of the pointer that Create returns has
// them, and not the headers.
type CreateSessionResponse struct {
	gen.CreateSessionResponse `json:"-"` // see MarshalJSON

	RequestID string      // header [apierrors.RequestIDHeader], "" when absent; quote it to Apideck's support
	Header    http.Header `json:"-"` // the response's headers
	Attempts  int         // attempts made, this one included
}

// unusableSession returns why the session that c received cannot be used, or "",
// without showing it.
func unusableSession(c *call) string {
	data := c.out.(*gen.CreateSessionResponse).Data
	before := strings.TrimSuffix(data.SessionURI, data.SessionToken) // long, and checked by itself
	uri, err := url.Parse(before)
	switch {
	case data.SessionURI == "" || data.SessionToken == "":
		return "session_uri or session_token is missing or not a string"
	case textProblem(data.SessionToken) != "":
		return "session_token is not a valid token"
	case err != nil || uri.Host == "" || textProblem(before) != "" || strings.Contains(data.SessionURI, " "):
		return "session_uri is not a valid absolute URL"
	case uri.Scheme != "https" && (uri.Scheme != "http" || strings.HasPrefix(c.baseURL.value.url, "https")):
		return "session_uri is not an https URL"
	}
	return ""
}

// ExpiresAt returns when the session expires, from the exp claim of its token.
// It does not verify the token's signature: only the API has the key. ok is
// false if the token is not a JWT with that claim.
func (r CreateSessionResponse) ExpiresAt() (t time.Time, ok bool) {
	_, signed, _ := strings.Cut(r.Data.SessionToken, ".")
	encoded, _, ok := strings.Cut(signed, ".")
	payload, err := base64.RawURLEncoding.DecodeString(encoded)
	var claims struct {
		Exp float64 `json:"exp"` // seconds since 1970, RFC 7519, section 4.1.4
	}
	// RFC 3339 has no form for the year 10000.
	if !ok || err != nil || json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 || claims.Exp >= 253402300800 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}

// IntegrationURI returns the URI of one integration's page in this session, such
// as IntegrationURI(UnifiedAPICRM, "salesforce"). serviceID is Apideck's id of
// the service. The URI has the token in it and is a secret like Data.SessionURI.
// If an argument is not a single path segment, the error is a *ValidationError.
//
// The form is that of Apideck's sample code, not of the API's description:
// <origin of SessionURI>/integrations/<api>/<service id>?jwt=<token>.
func (r CreateSessionResponse) IntegrationURI(api UnifiedAPI, serviceID string) (string, error) {
	if err := errors.Join(checkSegment("api", string(api)), checkSegment("serviceID", serviceID)); err != nil {
		return "", err
	}
	uri, err := url.Parse(r.Data.SessionURI)
	if err != nil || uri.Host == "" {
		return "", invalid("session_uri", "is missing; call IntegrationURI on a response of Create")
	}
	page := url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: "/integrations/" + string(api) + "/" + serviceID}
	return page.String() + "?jwt=" + url.QueryEscape(r.Data.SessionToken), nil
}

func checkSegment(field, id string) error {
	valid := id != "" && id != "." && id != ".." && id == url.PathEscape(id)
	return require(valid, field, "is not a valid id; it must be one segment of a path, such as \"salesforce\"")
}

// LogValue implements [slog.LogValuer] without the session. r may be nil.
func (r *CreateSessionResponse) LogValue() slog.Value {
	if r == nil {
		return slog.AnyValue(nil)
	}
	return slog.GroupValue(slog.Int("status_code", r.StatusCode),
		slog.String("request_id", shortID(r.RequestID)), slog.Int("attempts", r.Attempts))
}

// MarshalJSON returns the session as the API's JSON has it. It is a method of
// the pointer only, because slog's JSON handler prints a copy, which has no
// LogValue, with [json.Marshal]: that must not show the session.
func (r *CreateSessionResponse) MarshalJSON() ([]byte, error) {
	return json.Marshal(r.CreateSessionResponse)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (r *CreateSessionResponse) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &r.CreateSessionResponse)
}
