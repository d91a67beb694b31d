package facade

import (
	"errors"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// responseError returns the error for a response whose status or size says that it
// is no success, or else nil. readErr is the error of reading its body, or nil. An
// error status says more than it.
func (c *call) responseError(resp *http.Response, readErr error) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return c.invalidResponse(resp, "the client did not ask to switch protocols", nil)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return apierrors.NewAPIError(c.op, c.attempts, resp, c.redactBody(c.body))
	}
	if errors.Is(readErr, errTooLarge) {
		return c.invalidResponse(resp, errTooLarge.Error(), errTooLarge)
	}
	return nil
}

// invalidResponse returns the error for a response that has no usable result, for
// the given reason. err is the underlying error, or nil.
func (c *call) invalidResponse(resp *http.Response, reason string, err error) error {
	// It may be the response to another request; see isForConsumer. Then the later ones
	// on the same connection are, too. As it has been read, the connection is idle.
	c.httpClient.CloseIdleConnections()

	e := apierrors.NewInvalidResponseError(resp, c.redactBody(c.body))
	e.Op = c.op
	e.Attempts = c.attempts
	e.Reason = reason
	e.Err = err
	return e
}

// transportError returns the error for an attempt without a complete response.
func (c *call) transportError(err error) *apierrors.TransportError {
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
