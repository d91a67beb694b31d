package facade

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// checkSession returns an error if the session in a response is not usable.
func (c *call) checkSession(resp *http.Response, data gen.SessionData) error {
	reason := sessionReason(data, c.consumerID.value, c.endpoint.https)
	if reason == "" {
		return nil
	}
	return c.invalidResponse(resp, reason, nil)
}

// sessionReason returns why the session that was created for consumerID is not
// usable, or "". The text does not quote the session. If requireHTTPS is true, as it
// is if the base URL is https, the session's URI must be https.
func sessionReason(data gen.SessionData, consumerID string, requireHTTPS bool) string {
	if data.SessionURI == "" {
		return "session_uri is missing or not a string"
	}
	if data.SessionToken == "" {
		return "session_token is missing or not a string"
	}
	if textReason(data.SessionToken) != "" {
		return "session_token is not a valid token"
	}
	if !isForConsumer(data.SessionToken, consumerID) {
		return "session_token is for another consumer"
	}

	if textReason(data.SessionURI) != "" || strings.Contains(data.SessionURI, " ") {
		return "session_uri is not a valid absolute URL"
	}
	uri, err := url.Parse(data.SessionURI)
	if err != nil || uri.User != nil || !validHost(uri) {
		return "session_uri is not a valid absolute URL"
	}
	if uri.Scheme == "https" {
		return ""
	}
	if uri.Scheme != "http" || requireHTTPS {
		return "session_uri is not an https URL"
	}
	return ""
}

// isForConsumer reports whether the token's consumer_id claim is consumerID, in any
// case, as the API may change that. They differ if a server or proxy sent two
// responses to one request: net/http takes the second for the response to the next
// request on the connection. A token without such a claim passes.
func isForConsumer(token, consumerID string) bool {
	// Usually, the claim is there once and as it was sent. Then there is no need to
	// decode the whole session, which is in the claims, too. Go quotes an id like JSON,
	// as it is printable ASCII.
	payload := tokenPayload(token)
	const key = `"consumer_id":`
	claim := strconv.AppendQuote([]byte(key), consumerID)
	if bytes.Count(payload, []byte(key)) == 1 && bytes.Contains(payload, claim) {
		return true
	}

	var claims struct {
		ConsumerID string `json:"consumer_id"`
	}
	if !decodeClaims(token, &claims) || claims.ConsumerID == "" {
		return true
	}
	return strings.EqualFold(claims.ConsumerID, consumerID)
}

// decodeClaims decodes the claims of a token into v and reports whether the token
// is a JWT with such claims. It does not verify the signature.
func decodeClaims(token string, v any) bool {
	return json.Unmarshal(tokenPayload(token), v) == nil
}

// tokenPayload returns the JSON of a token's claims, or nothing if it is no JWT.
func tokenPayload(token string) []byte {
	_, rest, _ := strings.Cut(token, ".")
	claims, signature, ok := strings.Cut(rest, ".")
	if !ok || strings.Contains(signature, ".") {
		return nil
	}

	payload, err := base64.RawURLEncoding.DecodeString(claims)
	if err != nil {
		return nil
	}
	return payload
}
