package facade

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/gen"
)

// Sessions creates Hosted Vault sessions.
type Sessions struct {
	client *Client
}

// Create creates a session for the consumer of [WithConsumerID] and returns its
// URI and token. Redirect the consumer's browser to Data.SessionURI. The zero
// Session uses the defaults of the API.
//
// Create also creates the consumer if it does not exist. It retries as described
// in the package documentation; a repeated request creates one more token and
// changes nothing else.
//
// If the input is not valid, nothing is sent, and the error joins an
// [apierrors.ValidationError] for each problem. Any other error is an
// [apierrors.APIError], [apierrors.TransportError] or
// [apierrors.InvalidResponseError].
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	if s == nil {
		s = new(Sessions) // newCall reports it
	}
	out := new(CreateSessionResponse)
	call, err := s.client.newCall(ctx, "POST /vault/sessions", &out.CreateSessionResponse, opts)
	body, problem := encodeSession(session)
	if err := errors.Join(err, call.requireConsumerID(), problem); err != nil {
		return nil, err
	}
	call.unusable = sessionProblem
	params := gen.SessionsCreateParams{AppID: call.appID.value, ConsumerID: call.consumerID.value}
	// The generated client calls call.Do.
	resp, err := call.raw.SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.StatusCode, out.Header, out.Attempts = resp.StatusCode, resp.Header, call.attempts
	out.RequestID = resp.Header.Get(apierrors.RequestIDHeader)
	return out, nil
}

// CreateSession calls c.Vault.Sessions.Create. A nil c is an error.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return (&Sessions{client: c}).Create(ctx, session, opts...)
}

// maxRequestBody limits a session, which is usually a few hundred bytes. Only
// custom_consumer_settings can be larger.
const maxRequestBody = 256 << 10

// encodeSession validates the session and encodes it. It does not check the values
// of enums: the API may know more of them than this version.
func encodeSession(session Session) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a redirect URI is sent as it is
	err := enc.Encode(session)
	body := bytes.TrimSpace(buf.Bytes())
	// encoding/json writes U+FFFD for invalid UTF-8. fmt keeps the bytes, except behind
	// a nested pointer, so it shows whether the U+FFFD is the caller's.
	replaced := bytes.Contains(body, []byte("\ufffd")) || bytes.Contains(body, []byte(`\ufffd`))
	switch {
	case err != nil: // the other fields are strings and booleans, which always encode
		err = invalid("custom_consumer_settings", "cannot be encoded as JSON: %v", err)
	case !utf8.Valid(body) || replaced && !utf8.ValidString(fmt.Sprint(session)):
		err = invalid("session", "must be valid UTF-8")
	case len(body) > maxRequestBody:
		err = invalid("session", "must be at most %d bytes of JSON, not %d", maxRequestBody, len(body))
	}
	return body, errors.Join(err, checkSessionLength(session.Settings.SessionLength))
}

// SessionLength returns d in the form of [Settings].SessionLength, such as "30m" or
// "2h", rounded up to a whole minute; "0m" if d is not positive. The API's default
// is one hour, its maximum one week. Create rejects "0m" and longer sessions.
func SessionLength(d time.Duration) string {
	minutes := int64(math.Ceil(max(d, 0).Minutes()))
	if minutes > 0 && minutes%60 == 0 {
		return strconv.FormatInt(minutes/60, 10) + "h"
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

// checkSessionLength accepts one integer and one unit. The API does not accept the
// form of time.Duration.String, such as 1h0m0s.
func checkSessionLength(s string) error {
	if s == "" {
		return nil
	}
	units := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	}
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	if unit == 0 || err != nil || n == 0 || time.Duration(n) > units['w']/unit {
		return invalid("settings.session_length",
			`must be one integer and one unit, at most one week, such as "30m", not %q; see facade.SessionLength`, s)
	}
	return nil
}
