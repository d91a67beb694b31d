package facade

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// CreateSessionResponse is a created session. Create returns none without
// Data.SessionURI and Data.SessionToken. Both are secrets: whoever holds one
// acts as the consumer until the session expires. fmt, slog and JSON show the
// response without them. To pass the session on as JSON, encode Data.
type CreateSessionResponse struct {
	gen.CreateSessionResponse `json:"-"`

	RequestID string      // header [apierrors.RequestIDHeader], "" when absent; quote it to Apideck's support
	Header    http.Header `json:"-"` // the response's headers, without Location and with the API key redacted
	Attempts  int         // attempts made, including the successful one; see [RetryConfig].MaxAttempts
}

// year9999 is the end of the last year that RFC 3339 can express, in seconds since
// 1970.
const year9999 = 253402300800

// ExpiresAt returns when the session expires, from the exp claim of its token.
// It does not verify the token's signature: only the API has the key. ok is
// false if the token is not a JWT with that claim.
func (r CreateSessionResponse) ExpiresAt() (t time.Time, ok bool) {
	var claims struct {
		Exp float64 `json:"exp"` // seconds since 1970, RFC 7519, section 4.1.4
	}
	if !decodeClaims(r.Data.SessionToken, &claims) {
		return time.Time{}, false
	}
	if claims.Exp <= 0 || claims.Exp >= year9999 {
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
	err := errors.Join(checkSegment("api", string(api)), checkSegment("serviceID", serviceID))
	if err != nil {
		return "", err
	}

	uri, err := url.Parse(r.Data.SessionURI)
	if err != nil || uri.Host == "" {
		return "", invalid("session_uri", "missing; use a response of Create")
	}

	path := "/integrations/" + string(api) + "/" + serviceID
	page := url.URL{Scheme: uri.Scheme, Host: uri.Host, Path: path}
	return page.String() + "?jwt=" + url.QueryEscape(r.Data.SessionToken), nil
}

func checkSegment(field, id string) error {
	special := id == "" || id == "." || id == ".."
	if special || id != url.PathEscape(id) {
		return invalid(field, `must be one path segment, such as "salesforce"`)
	}
	return nil
}

// LogValue implements [slog.LogValuer] without the session. It works on a nil r.
func (r *CreateSessionResponse) LogValue() slog.Value {
	if r == nil {
		return slog.AnyValue(nil)
	}
	return slog.GroupValue(
		slog.String("request_id", shortID(r.RequestID)),
		slog.Int("attempts", r.Attempts),
	)
}
