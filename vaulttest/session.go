package vaulttest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// createSession returns the response to POST /vault/sessions.
func (s *Server) createSession(r *Request) Reply {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(r.Body) > 0 && media != "application/json" {
		return badHeader("Content-Type must be application/json")
	}

	session, claims, err := decodeSession(r.Body)
	if err != nil {
		return errorReply(http.StatusBadRequest, err.Error())
	}

	// The token has the session as it was sent.
	now := s.now()
	lifetime, _ := sessionLength(session.Settings.SessionLength) // valid, by decodeSession
	claims["consumer_id"] = r.ConsumerID
	claims["application_id"] = r.AppID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(lifetime).Unix()
	token := s.sign(claims)

	return jsonReply(http.StatusOK, gen.CreateSessionResponse{
		StatusCode: http.StatusOK,
		Status:     "OK",
		Data: gen.SessionData{
			SessionURI:   cmp.Or(s.publicURL, s.URL) + "/session/" + token,
			SessionToken: token,
		},
	})
}

const tokenHeader = `{"alg":"HS256","typ":"JWT"}`

// sign returns claims as a signed JWT.
func (s *Server) sign(claims map[string]any) string {
	payload, _ := json.Marshal(claims) // cannot fail: they were decoded from JSON
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(tokenHeader)) + "." + encode(payload)
	return signed + "." + s.signature(signed)
}

// verify returns the claims of token. If this server did not sign it, ok is false.
func (s *Server) verify(token string) (c hosted.Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(s.signature(parts[0]+"."+parts[1]))) {
		return hosted.Claims{}, false
	}

	payload, _ := base64.RawURLEncoding.DecodeString(parts[1]) // as sign encoded it
	err := cmp.Or(hosted.Unmarshal(payload, &c), hosted.Unmarshal(payload, &c.Sent))
	return c, err == nil
}

func (s *Server) signature(signed string) string {
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// sessionLength parses a session_length: one integer and one unit, more than
// zero and at most one week. The empty string means the default.
func sessionLength(s string) (time.Duration, bool) {
	const week = 7 * 24 * time.Hour
	units := map[byte]time.Duration{
		's': time.Second,
		'm': time.Minute,
		'h': time.Hour,
		'd': 24 * time.Hour,
		'w': week,
	}

	s = cmp.Or(s, settingDefaults["session_length"])
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || unit == 0 || n == 0 {
		return 0, false
	}
	return time.Duration(n) * unit, time.Duration(n) <= week/unit
}
