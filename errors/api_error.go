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

// APIError is an error response, that is, one whose status is neither 2xx nor 101.
// Fields that the body does not have, or has with another type, are zero;
// [APIError.Body] returns the whole body.
type APIError struct {
	Op         string `json:"op"`          // the operation, such as "POST /vault/sessions"
	StatusCode int    `json:"status_code"` // the HTTP status, whatever the body says

	// The fields of the body.
	Title            string            `json:"error"`             // the status in words
	TypeName         string            `json:"type_name"`         // such as "UnauthorizedError"
	Message          string            `json:"message"`           // what went wrong
	Ref              string            `json:"ref"`               // a link to the documentation
	Detail           Detail            `json:"detail"`            // a string or an object
	DownstreamErrors []DownstreamError `json:"downstream_errors"` // errors of the connected service

	RequestID  string        `json:"request_id"`  // header [RequestIDHeader], else ""; quote it to Apideck's support
	RetryAfter time.Duration `json:"retry_after"` // header Retry-After, 0 when absent or not valid
	Attempts   int           `json:"attempts"`    // attempts made
	NotRetried string        `json:"not_retried"` // why the call stopped before MaxAttempts, else ""
	Header     http.Header   `json:"-"`           // the response's headers, without Location and with the API key redacted

	body body
}

// maxDecoded bounds what decoding allocates: a body of empty downstream errors
// allocates eighty times its size. The API's own errors are a few hundred bytes.
const maxDecoded = 64 << 10

// NewAPIError decodes an error response whose body has been read and closed. The
// facade calls it, and a test may. A field with an unexpected type stays zero; if
// the body is not JSON or is larger than 64 KiB, all of them do.
func NewAPIError(op string, attempts int, resp *http.Response, body []byte) *APIError {
	e := new(APIError)
	if len(body) <= maxDecoded {
		_ = json.Unmarshal(body, e) // skips a field of the wrong type and decodes the others
	}
	e.Op, e.StatusCode, e.Attempts, e.NotRetried = op, resp.StatusCode, attempts, ""
	e.RequestID, e.RetryAfter = resp.Header.Get(RequestIDHeader), retryAfter(resp.Header)
	e.Header, e.body = resp.Header, keep(body)
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
		part("request id ", e.RequestID, 100), attemptsNote(e.Attempts), part("not retried: ", e.NotRetried, 100))
}

// Is reports whether target is the sentinel of e's status, such as [ErrNotFound]
// for 404.
func (e *APIError) Is(target error) bool {
	if e.StatusCode >= 500 && e.StatusCode <= 599 {
		return target == ErrServer
	}
	sentinel := map[int]error{
		400: ErrBadRequest, 401: ErrUnauthorized, 402: ErrPaymentRequired,
		404: ErrNotFound, 422: ErrUnprocessable, 429: ErrRateLimited,
	}[e.StatusCode]
	return sentinel != nil && target == sentinel
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
