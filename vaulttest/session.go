package vaulttest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// create responds with a session.
func (s *Server) create(w http.ResponseWriter, r *http.Request, session facade.Session) {
	lifetime, _ := sessionLength(session.Settings.SessionLength) // valid, by check
	now := s.now()
	token := s.sign(hosted.Claims{
		ConsumerID:             r.Header.Get("x-apideck-consumer-id"),
		ApplicationID:          r.Header.Get("x-apideck-app-id"),
		ConsumerMetadata:       session.ConsumerMetadata,
		RedirectURI:            session.RedirectURI,
		Settings:               session.Settings,
		Theme:                  session.Theme,
		CustomConsumerSettings: session.CustomConsumerSettings,
		IssuedAt:               now.Unix(),
		ExpiresAt:              now.Add(lifetime).Unix(),
	})
	writeJSON(w, http.StatusOK, gen.CreateSessionResponse{
		StatusCode: http.StatusOK,
		Status:     "OK",
		Data:       gen.SessionData{SessionURI: cmp.Or(s.publicURL, s.URL) + "/session/" + token, SessionToken: token},
	})
}

const tokenHeader = `{"alg":"HS256","typ":"JWT"}`

// sign returns c as a signed JWT.
func (s *Server) sign(c hosted.Claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err) // c was decoded from JSON
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
	return c, err == nil && hosted.Unmarshal(decoded, &c) == nil
}

func (s *Server) signature(signed string) string {
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// sessionLength parses a session_length: one integer and one unit, more than
// zero and at most one week. The empty string means the default.
func sessionLength(s string) (time.Duration, bool) {
	s = cmp.Or(s, settingDefaults["session_length"])
	const week = 7 * 24 * time.Hour
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': week}
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || unit == 0 || n == 0 || time.Duration(n) > week/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
