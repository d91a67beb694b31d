package errors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Sentinels for [errors.Is]: what the API answered, by HTTP status. A status
// without a sentinel of its own, such as 403 or a redirect, is matched by
// [APIError.StatusCode].
var (
	ErrBadRequest      = errors.New("apideck: bad request")           // 400
	ErrUnauthorized    = errors.New("apideck: unauthorized")          // 401
	ErrPaymentRequired = errors.New("apideck: payment required")      // 402
	ErrNotFound        = errors.New("apideck: not found")             // 404
	ErrUnprocessable   = errors.New("apideck: unprocessable request") // 422
	ErrRateLimited     = errors.New("apideck: rate limited")          // 429
	ErrServer          = errors.New("apideck: server error")          // 500 to 599
)

// APIError is an answer of the API that refuses the request: any HTTP status
// but a success. Fields that the answer does not hold, or holds with another
// type, are zero; [APIError.Body] has the answer as it came.
type APIError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	StatusCode int    // the HTTP status, whatever the body says

	Title    string // body field error: the status in words
	TypeName string // body field type_name, such as "UnauthorizedError"
	Message  string // body field message: what went wrong, for people
	Ref      string // body field ref: a link to the documentation
	Detail   Detail // body field detail: a string or an object

	DownstreamErrors []DownstreamError // body field downstream_errors: what the connected service said

	RequestID  string        // header x-apideck-request-id, "" when absent; quote it to Apideck's support
	RetryAfter time.Duration // header Retry-After, 0 when absent or not valid
	Attempts   int           // attempts made; 0: none was begun
	NotRetried string        // why the client stopped early though another attempt might have helped, else ""
	Header     http.Header   `json:"-"` // the response's header, without Location and with an echoed API key masked

	body func() []byte // in a closure, so that no fmt verb prints it
}

// DownstreamError is what a connected service answered to the API.
type DownstreamError struct {
	Message string `json:"message"` // what went wrong
	Detail  string `json:"detail"`  // more about it
	Code    string `json:"code"`    // the service's own code
}

// maxDecoded bounds what decoding allocates: a body of empty downstream errors
// takes eighty times its size. The API's own errors are a few hundred bytes.
const maxDecoded = 64 << 10

// NewAPIError decodes an answer of the API. The body has been read and closed
// by the caller. Decoding is lenient field by field: a body that is not JSON or
// is larger than 64 KiB, or a field of an unexpected type, leaves fields zero
// and is never an error.
func NewAPIError(op string, resp *http.Response, body []byte) *APIError {
	e := &APIError{
		Op:         op,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("x-apideck-request-id"),
		Header:     resp.Header,
		body:       func() []byte { return body },
	}
	var wire struct {
		Error            string            `json:"error"`
		TypeName         string            `json:"type_name"`
		Message          string            `json:"message"`
		Detail           json.RawMessage   `json:"detail"`
		Ref              string            `json:"ref"`
		DownstreamErrors []DownstreamError `json:"downstream_errors"`
	}
	// Unmarshal leaves out a field of the wrong type and decodes the others;
	// its error has nothing to add to the status.
	if len(body) <= maxDecoded {
		_ = json.Unmarshal(body, &wire)
	}
	e.Title, e.TypeName, e.Message, e.Ref = wire.Error, wire.TypeName, wire.Message, wire.Ref
	e.Detail = Detail{wire.Detail}
	e.DownstreamErrors = wire.DownstreamErrors
	return e
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: 401 Unauthorized: Unauthorized Request (UnauthorizedError; request id abc)
func (e *APIError) Error() string {
	return message(e.Op, statusLine(e.StatusCode, e.Title)+colon(clean(e.Message, 200)),
		clean(e.TypeName, 64), requestID(e.RequestID), attempts(e.Attempts), notRetried(e.NotRetried))
}

// Is reports whether target is the sentinel of e's status.
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

// Body returns the answer's body, at most the first MiB of it, with an echoed
// API key masked.
// Do not change it.
func (e *APIError) Body() []byte {
	if e.body == nil {
		return nil
	}
	return e.body()
}

// statusLine returns "401 Unauthorized", with the API's own words for a status
// that HTTP does not name.
func statusLine(code int, title string) string {
	text := http.StatusText(code)
	if text == "" {
		text = clean(title, 64)
	}
	if text == "" {
		return strconv.Itoa(code)
	}
	return fmt.Sprintf("%d %s", code, text)
}
