package facade

import (
	"errors"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// statusError returns the error for the status of a response, or nil if it may be
// a success. readErr says why body is not complete; an error response keeps its
// status even so.
func (c *call) statusError(resp *http.Response, body []byte, readErr error) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return c.invalidResponse(resp, nil, "the client did not ask to switch protocols", nil)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return apierrors.NewAPIError(c.op, c.attempts, resp, c.redactBody(body))
	}
	if errors.Is(readErr, errTooLarge) {
		return c.invalidResponse(resp, body, errTooLarge.Error(), errTooLarge)
	}
	return nil
}

// invalidResponse returns the error for a response that has no usable result, for
// the given reason. err is the underlying error, or nil.
func (c *call) invalidResponse(resp *http.Response, body []byte, reason string, err error) error {
	e := apierrors.NewInvalidResponseError(resp, body)
	e.Op = c.op
	e.Attempts = c.attempts
	e.Reason = reason
	e.Err = err
	return e
}

// transportError returns the error for an attempt without a complete response.
func (c *call) transportError(err error) error {
	return &apierrors.TransportError{
		Op:       c.op,
		Attempts: c.attempts,
		Err:      c.redactError(err),
	}
}

// setNotRetried records in an error why it was not retried.
func setNotRetried(err error, reason string) {
	switch err := err.(type) {
	case *apierrors.APIError:
		err.NotRetried = reason
	case *apierrors.TransportError:
		err.NotRetried = reason
	}
}
