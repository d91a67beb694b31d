package errors

import "net/http"

// InvalidResponseError means that a response with a success status, or 101, has
// no usable session. It may be the page of a captive portal, an empty body, or
// truncated JSON. The API may have created a session nevertheless.
type InvalidResponseError struct {
	Op         string `json:"op"`          // the operation, such as "POST /vault/sessions"
	StatusCode int    `json:"status_code"` // the HTTP status
	RequestID  string `json:"request_id"`  // header [RequestIDHeader], "" when absent
	Reason     string `json:"reason"`      // what is wrong with the response, without quoting the body
	Attempts   int    `json:"attempts"`    // attempts made
	Err        error  `json:"err"`         // the underlying error, or nil

	body body
}

// NewInvalidResponseError returns the error for a response whose body has been
// read and closed. The message does not include the body, which may hold a
// session token.
func NewInvalidResponseError(
	op string, attempts int, resp *http.Response, body []byte, reason string, err error,
) *InvalidResponseError {
	return &InvalidResponseError{
		Op: op, Attempts: attempts, StatusCode: resp.StatusCode, RequestID: resp.Header.Get(RequestIDHeader),
		Reason: reason, Err: err, body: keep(body),
	}
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: 200 OK without a session: the body is empty or not JSON (request id abc)
func (e *InvalidResponseError) Error() string {
	return message(e.Op, statusLine(e.StatusCode, "")+" without a session"+part(": ", e.Reason, 200),
		part("request id ", e.RequestID, 100), attemptsNote(e.Attempts))
}

// Unwrap returns the underlying error, or nil.
func (e *InvalidResponseError) Unwrap() error { return e.Err }

// Body returns the response's body, at most the first MiB of it. It may hold a
// session token: do not log it. Do not modify it.
func (e *InvalidResponseError) Body() []byte { return e.body.bytes() }
