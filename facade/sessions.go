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
// Session takes every default of the API.
//
// The call creates the consumer if it does not exist yet. It is retried as the
// package documentation says; a repeated call creates one more token and changes
// nothing else.
//
// The error is of package [github.com/apideck-community/vault-go/errors]. If the
// input is not valid, nothing is sent, and the error joins a *ValidationError for
// each problem. Otherwise it is an *APIError, a *TransportError or an
// *InvalidResponseError.
func (s *Sessions) Create(ctx context.Context, session Session, opts ...Option) (*CreateSessionResponse, error) {
	if s == nil {
		s = new(Sessions) // reported by newCall
	}
	out := new(CreateSessionResponse)
	call, err := s.client.newCall(ctx, "POST /vault/sessions", &out.CreateSessionResponse, opts)
	body, problem := encodeSession(session)
	if err := errors.Join(err, call.requireConsumerID(), problem); err != nil {
		return nil, err
	}
	call.unusable = unusableSession
	params := gen.SessionsCreateParams{AppID: call.appID.value, ConsumerID: call.consumerID.value}
	resp, err := call.raw.SessionsCreateWithBody(ctx, &params, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.StatusCode, out.Header, out.Attempts = resp.StatusCode, resp.Header, call.attempts
	out.RequestID = resp.Header.Get(apierrors.RequestIDHeader)
	return out, nil
}

// CreateSession is client.Vault.Sessions.Create as a function.
func CreateSession(ctx context.Context, c *Client, session Session, opts ...Option) (*CreateSessionResponse, error) {
	return (&Sessions{client: c}).Create(ctx, session, opts...)
}

// maxRequestBody bounds what is sent. A session is a few hundred bytes; only
// custom_consumer_settings can grow.
const maxRequestBody = 256 << 10

// encodeSession checks the session and encodes it, once for all attempts. The
// values of enums are not checked: the API may know more than this version.
func encodeSession(session Session) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // a redirect URI is sent as it is
	err := enc.Encode(session)
	body := bytes.TrimSpace(buf.Bytes())
	// encoding/json replaces bytes that are not UTF-8 with U+FFFD; fmt does not.
	replaced := bytes.Contains(body, []byte("\ufffd")) || bytes.Contains(body, []byte(`\ufffd`))
	switch {
	case err != nil: // the other fields are strings and booleans, which always encode
		err = invalid("custom_consumer_settings", "cannot be encoded as JSON: %v", err)
	case !utf8.Valid(body) || replaced && !utf8.ValidString(fmt.Sprint(session)):
		err = invalid("session", "has a string that is not valid UTF-8; convert it")
	case len(body) > maxRequestBody:
		err = invalid("session", "is %d bytes of JSON, above %d; shorten custom_consumer_settings", len(body), maxRequestBody)
	}
	return body, errors.Join(err, checkSessionLength(session.Settings.SessionLength))
}

// SessionLength returns d as [Settings].SessionLength expects it, such as "30m"
// or "2h": one integer and one unit, rounded up to a whole minute. The API's
// default is one hour and its maximum one week. Create rejects "0m" and lengths
// above the maximum.
func SessionLength(d time.Duration) string {
	minutes := int64(math.Ceil(max(d, 0).Minutes()))
	if minutes > 0 && minutes%60 == 0 {
		return strconv.FormatInt(minutes/60, 10) + "h"
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

// checkSessionLength accepts one integer and one unit. The API does not
// understand Go's own form of a duration, 1h0m0s.
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
			`%q must be one integer and one unit, at most one week, such as "30m"; use SessionLength`, s)
	}
	return nil
}
