package errors

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Sentinels for [errors.Is], by HTTP status. For a status without a sentinel,
// such as 403 or a redirect, compare [APIError.StatusCode].
var (
	ErrBadRequest      = errors.New("apideck: bad request")           // 400
	ErrUnauthorized    = errors.New("apideck: unauthorized")          // 401
	ErrPaymentRequired = errors.New("apideck: payment required")      // 402
	ErrNotFound        = errors.New("apideck: not found")             // 404
	ErrUnprocessable   = errors.New("apideck: unprocessable request") // 422
	ErrRateLimited     = errors.New("apideck: rate limited")          // 429
	ErrServer          = errors.New("apideck: server error")          // 500 to 599
)

// RequestIDHeader is the response header with the request id, by which Apideck's
// support finds a request. Responses have it, although the API's description
// does not mention it.
const RequestIDHeader = "X-Apideck-Request-Id"

// APIError is an error response: its HTTP status is not a success. Fields that
// the body does not have, or has with another type, are zero; [APIError.Body]
// returns the whole body.
type APIError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	StatusCode int    // the HTTP status; status_code in the body is ignored

	Title    string // body field error: the status in words
	TypeName string // body field type_name, such as "UnauthorizedError"
	Message  string // body field message: what went wrong
	Ref      string // body field ref: a link to the documentation
	Detail   Detail // body field detail: a string or an object

	DownstreamErrors []DownstreamError // body field downstream_errors: errors of the connected service

	RequestID  string        // header [RequestIDHeader], "" when absent; quote it to Apideck's support
	RetryAfter time.Duration // header Retry-After, 0 when absent or not valid
	Attempts   int           // attempts made
	NotRetried string        // why the client stopped before MaxAttempts on an error that it retries, else ""
	Header     http.Header   `json:"-"` // the response's headers, without Location and with the API key redacted

	body body
}

// maxDecoded bounds what decoding allocates: a body of empty downstream errors
// allocates eighty times its size. The API's own errors are a few hundred bytes.
const maxDecoded = 64 << 10

// NewAPIError decodes an error response whose body has been read and closed.
// A field with an unexpected type stays zero. If the body is not JSON or is
// larger than 64 KiB, all fields of the body do.
func NewAPIError(op string, resp *http.Response, body []byte) *APIError {
	e := &APIError{
		Op: op, StatusCode: resp.StatusCode, RequestID: resp.Header.Get(RequestIDHeader),
		Header: resp.Header, body: keep(body),
	}
	var wire struct {
		Error            string            `json:"error"`
		TypeName         string            `json:"type_name"`
		Message          string            `json:"message"`
		Detail           Detail            `json:"detail"`
		Ref              string            `json:"ref"`
		DownstreamErrors []DownstreamError `json:"downstream_errors"`
	}
	if len(body) <= maxDecoded {
		// Unmarshal skips a field of the wrong type and decodes the others.
		_ = json.Unmarshal(body, &wire)
	}
	e.Title, e.TypeName, e.Message, e.Ref = wire.Error, wire.TypeName, wire.Message, wire.Ref
	e.Detail, e.DownstreamErrors = wire.Detail, wire.DownstreamErrors
	return e
}

// Error returns one line with the message and the start of the detail:
//
//	apideck: POST /vault/sessions: 404 Not Found: No such application (EntityNotFoundError; request id abc)
func (e *APIError) Error() string {
	text := statusLine(e.StatusCode, e.Title)
	if e.StatusCode >= 300 && e.StatusCode <= 399 {
		text += ": redirects are not followed; check the base URL"
	}
	detail := e.Detail.Text()
	if detail == e.Message {
		detail = ""
	}
	return message(e.Op, text+part(": ", e.Message, 160)+part(": ", detail, 160), part("", e.TypeName, 64),
		part("request id ", e.RequestID, 100), attempts(e.Attempts), part("not retried: ", e.NotRetried, 100))
}

// Is reports whether target is the sentinel for e's status.
func (e *APIError) Is(target error) bool {
	switch e.StatusCode {
	case http.StatusBadRequest:
		return target == ErrBadRequest
	case http.StatusUnauthorized:
		return target == ErrUnauthorized
	case http.StatusPaymentRequired:
		return target == ErrPaymentRequired
	case http.StatusNotFound:
		return target == ErrNotFound
	case http.StatusUnprocessableEntity:
		return target == ErrUnprocessable
	case http.StatusTooManyRequests:
		return target == ErrRateLimited
	}
	return e.StatusCode >= 500 && e.StatusCode <= 599 && target == ErrServer
}

// Body returns the response's body, at most the first MiB of it, with the API
// key redacted. Do not modify it.
func (e *APIError) Body() []byte { return e.body.bytes() }

// statusLine returns code and its text, such as "401 Unauthorized". If net/http
// has no text for code, it uses title.
func statusLine(code int, title string) string {
	text := cmp.Or(http.StatusText(code), clean(title, 64))
	return strings.TrimSpace(strconv.Itoa(code) + " " + text)
}
