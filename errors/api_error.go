package errors

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
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
// [APIError.Body] returns the body itself.
type APIError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	StatusCode int    // the HTTP status, whatever the body says

	// The fields of the body.
	Title            string            // error: the status in words
	TypeName         string            // type_name: such as "UnauthorizedError"
	Message          string            // message: what went wrong
	Ref              string            // ref: a link to the documentation
	Detail           Detail            // detail: a string or an object
	DownstreamErrors []DownstreamError // downstream_errors: those of the connected service

	RequestID  string        // header [RequestIDHeader], else ""; quote it to Apideck's support
	RetryAfter time.Duration // header Retry-After, at most a year; 0 when absent or not valid
	Attempts   int           // attempts made
	NotRetried string        // why a retry that the policy allows was not made, else ""
	Header     http.Header   // the response's headers, without Location and with the API key redacted

	body body
}

// DownstreamError is an error that a connected service returned to the API.
type DownstreamError struct {
	Message string `json:"message"` // what went wrong
	Detail  string `json:"detail"`  // more about what went wrong
	Code    string `json:"code"`    // the service's own code
}

// errorBody is the body of an error response.
type errorBody struct {
	Title            string            `json:"error"`
	TypeName         string            `json:"type_name"`
	Message          string            `json:"message"`
	Ref              string            `json:"ref"`
	Detail           Detail            `json:"detail"`
	DownstreamErrors []DownstreamError `json:"downstream_errors"`
}

// maxDecoded bounds what decoding allocates: a body of empty downstream errors
// allocates eighty times its size. The API's own errors are a few hundred bytes.
const maxDecoded = 64 << 10

// NewAPIError decodes an error response whose body has been read and closed. The
// facade calls it, and a test may. A field with an unexpected type stays zero; if
// the body is not JSON or is larger than 64 KiB, all of them do. A byte order mark
// is ignored.
func NewAPIError(op string, attempts int, resp *http.Response, body []byte) *APIError {
	var decoded errorBody
	if len(body) <= maxDecoded {
		text := bytes.TrimPrefix(body, []byte("\ufeff"))
		_ = json.Unmarshal(text, &decoded) // skips a field of the wrong type and decodes the others
	}

	return &APIError{
		Op:               op,
		StatusCode:       resp.StatusCode,
		Title:            decoded.Title,
		TypeName:         decoded.TypeName,
		Message:          decoded.Message,
		Ref:              decoded.Ref,
		Detail:           decoded.Detail,
		DownstreamErrors: decoded.DownstreamErrors,
		RequestID:        resp.Header.Get(RequestIDHeader),
		RetryAfter:       retryAfter(resp.Header),
		Attempts:         attempts,
		Header:           resp.Header,
		body:             keep(body),
	}
}

// Error returns one line with the message and the start of the detail:
//
//	apideck: POST /vault/sessions: 404 Not Found: No such application (EntityNotFoundError; request id abc)
//
// A body without a message is represented by its error field, if that says more
// than the status.
func (e *APIError) Error() string {
	status := http.StatusText(e.StatusCode)
	text := statusLine(e.StatusCode, e.Title)

	if e.StatusCode >= 300 && e.StatusCode <= 399 {
		text += ": redirects are not followed; check the base URL"
	}
	said := e.Message
	if said == "" && status != "" { // else the title is in the status line
		said = e.Title
	}
	if !strings.EqualFold(said, status) {
		text += part(": ", said, 160)
	}
	detail := e.Detail.Text()
	if detail != said {
		text += part(": ", detail, 160)
	}

	return message(e.Op, text,
		part("", e.TypeName, 64),
		part("request id ", e.RequestID, 100),
		attemptsNote(e.Attempts),
		part("not retried: ", e.NotRetried, 100),
	)
}

// Is reports whether target is the sentinel of e's status, such as [ErrNotFound]
// for 404.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrBadRequest:
		return e.StatusCode == http.StatusBadRequest
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrPaymentRequired:
		return e.StatusCode == http.StatusPaymentRequired
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrUnprocessable:
		return e.StatusCode == http.StatusUnprocessableEntity
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrServer:
		return e.StatusCode >= 500 && e.StatusCode <= 599
	}
	return false
}

// Body returns what was read of the response's body, at most the first MiB, with
// the API key redacted. Do not modify it.
func (e *APIError) Body() []byte { return e.body.bytes() }

// MarshalText returns the message, so that the JSON of e is a string.
func (e *APIError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }
