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
// acts as the consumer until the session expires. fmt and slog print the response
// without them. [json.Marshal] of the pointer that Create returns encodes the
// session as the API does; of a copy, only RequestID and Attempts.
type CreateSessionResponse struct {
	gen.CreateSessionResponse `json:"-"` // see MarshalJSON

	RequestID string      // header [apierrors.RequestIDHeader], "" when absent; quote it to Apideck's support
	Header    http.Header `json:"-"` // the response's headers, with the API key redacted
	Attempts  int         // attempts made, including the successful one
}

// sessionProblem returns why the session that c received is not usable, or "". The
// text does not quote the session.
func sessionProblem(c *call) string {
	data := c.out.(*gen.CreateSessionResponse).Data
	prefix := strings.TrimSuffix(data.SessionURI, data.SessionToken) // the token, most of the URI, is checked below
	if !strings.HasSuffix(prefix, "/") {
		prefix = data.SessionURI
	}
	uri, err := url.Parse(prefix)
	switch {
	case data.SessionURI == "":
		return "session_uri is missing or not a string"
	case data.SessionToken == "":
		return "session_token is missing or not a string"
	case textProblem(data.SessionToken) != "":
		return "session_token is not a valid token"
	case err != nil || uri.Host == "" || textProblem(prefix) != "" || strings.Contains(data.SessionURI, " "):
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
	parts := strings.Split(r.Data.SessionToken, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[len(parts)/2]) // parts[1] of a JWT
	var claims struct {
		Exp float64 `json:"exp"` // seconds since 1970, RFC 7519, section 4.1.4
	}
	// Times after the year 9999 cannot be encoded as RFC 3339.
	if len(parts) != 3 || err != nil || json.Unmarshal(payload, &claims) != nil ||
		claims.Exp <= 0 || claims.Exp >= 253402300800 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}

// IntegrationURI returns the URI of one integration's page in this session, such
// as IntegrationURI(UnifiedAPICRM, "salesforce"). serviceID is Apideck's id of
// the service. The URI contains the token and is a secret like Data.SessionURI. If
// an argument is not a path segment, or r has no session, the error is or joins an
// [apierrors.ValidationError].
//
// The API's description does not document the form, which is that of Apideck's
// sample code: <origin of SessionURI>/integrations/<api>/<service id>?jwt=<token>.
func (r CreateSessionResponse) IntegrationURI(api UnifiedAPI, serviceID string) (string, error) {
	if err := errors.Join(checkSegment("api", string(api)), checkSegment("serviceID", serviceID)); err != nil {
		return "", err
	}
	uri, err := url.Parse(r.Data.SessionURI)
	if err != nil || uri.Host == "" {
		return "", invalid("session_uri", "missing; use a response of Create")
	}
	page := url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: "/integrations/" + string(api) + "/" + serviceID}
	return page.String() + "?jwt=" + url.QueryEscape(r.Data.SessionToken), nil
}

func checkSegment(field, id string) error {
	valid := id != "" && id != "." && id != ".." && id == url.PathEscape(id)
	return require(valid, field, `must be one path segment, such as "salesforce"`)
}

// LogValue implements [slog.LogValuer] without the session. It works on a nil r.
func (r *CreateSessionResponse) LogValue() slog.Value {
	if r == nil {
		return slog.AnyValue(nil)
	}
	return slog.GroupValue(slog.String("request_id", shortID(r.RequestID)), slog.Int("attempts", r.Attempts))
}

// MarshalJSON encodes the session as the API does. Only the pointer has it, so that
// slog's JSON handler, which encodes a copy with [json.Marshal], does not show the
// session.
func (r *CreateSessionResponse) MarshalJSON() ([]byte, error) {
	return json.Marshal(r.CreateSessionResponse)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (r *CreateSessionResponse) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &r.CreateSessionResponse)
}
