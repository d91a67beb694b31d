package errors

import "net/http"

// InvalidResponseError means that an answer came with a success status, or 101,
// and holds no usable session: a captive portal's page, an empty body, JSON that
// breaks off. The request may have been carried out.
type InvalidResponseError struct {
	Op         string // the operation, such as "POST /vault/sessions"
	StatusCode int    // the HTTP status
	RequestID  string // header x-apideck-request-id, "" when absent
	Reason     string // what is wrong with the answer, without its text
	Attempts   int    // attempts made
	Err        error  // the decoder's error, or nil

	body func() []byte // in a closure, so that no fmt verb prints it
}

// NewInvalidResponseError describes an answer that has been read and closed.
// The body stays out of the message, because it may hold a session token.
func NewInvalidResponseError(op string, resp *http.Response, body []byte, reason string, err error) *InvalidResponseError {
	return &InvalidResponseError{
		Op:         op,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("x-apideck-request-id"),
		Reason:     reason,
		Err:        err,
		body:       func() []byte { return body },
	}
}

// Error returns one line:
//
//	apideck: POST /vault/sessions: 200 OK without a session: the body is not JSON (request id abc)
func (e *InvalidResponseError) Error() string {
	return message(e.Op, statusLine(e.StatusCode, "")+" without a session"+colon(clean(e.Reason, 200)),
		requestID(e.RequestID), attempts(e.Attempts))
}

// Unwrap returns the decoder's error, or nil.
func (e *InvalidResponseError) Unwrap() error { return e.Err }

// Body returns the answer's body as it came, at most the first MiB of it. It
// may hold a session token: do not log it. Do not change it.
func (e *InvalidResponseError) Body() []byte {
	if e.body == nil {
		return nil
	}
	return e.body()
}
