package vaulttest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// createSession returns the response to POST /vault/sessions.
func (s *Server) createSession(r *received) Reply {
	if len(r.Body) > 0 && !isJSON(r.Header) {
		return badHeader("Content-Type must be application/json")
	}
	if r.invalid != nil {
		return errorReply(http.StatusBadRequest, r.invalid.Error())
	}

	// The token has the session as it was sent.
	now := s.now()
	lifetime, _ := sessionLength(r.Session.Settings.SessionLength) // valid, by decodeSession
	claims := maps.Clone(r.sent)
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
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // claims were decoded from JSON
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(tokenHeader)) + "." + encode(payload)
	return signed + "." + s.signature(signed)
}

// verify returns the claims of token. If this server did not sign it, ok is false.
func (s *Server) verify(token string) (c hosted.Claims, ok bool) {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 || !hmac.Equal([]byte(token[dot+1:]), []byte(s.signature(token[:dot]))) {
		return hosted.Claims{}, false
	}
	_, payload, _ := strings.Cut(token[:dot], ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return hosted.Claims{}, false
	}
	err = cmp.Or(hosted.Unmarshal(decoded, &c), hosted.Unmarshal(decoded, &c.Sent))
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
