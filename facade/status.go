package facade

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// statusError returns the error for the status of a response, or nil if it may be
// a success. readErr says why body is not complete. An error response keeps its
// status even so.
func (c *call) statusError(resp *http.Response, body []byte, readErr error) error {
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		return c.invalidResponse(resp, body, "the client did not ask to switch protocols", nil)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return apierrors.NewAPIError(c.op, c.attempts, resp, c.redactBody(body))
	case errors.Is(readErr, errTooLarge):
		return c.invalidResponse(resp, body, errTooLarge.Error(), errTooLarge)
	}
	return nil
}

func (c *call) invalidResponse(resp *http.Response, body []byte, reason string, err error) error {
	e := apierrors.NewInvalidResponseError(resp, body)
	e.Op = c.op
	e.Attempts = c.attempts
	e.Reason = reason
	e.Err = err
	return e
}

// byteOrderMark may precede JSON and is ignored (RFC 8259, section 8.1).
var byteOrderMark = []byte("\ufeff")

// decode decodes the result of an operation. It skips unknown properties and those
// of the wrong type. check returns why the result is not usable, or "".
func decode[T any](c *call, resp *http.Response, check func(*T) string) (*T, error) {
	body, err := io.ReadAll(resp.Body) // from memory, see Do
	if err != nil {
		return nil, c.transportError(err)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return nil, c.invalidResponse(resp, body, "the status must be 200 or 201", nil)
	}

	result := new(T)
	err = json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), result)
	_, mistyped := err.(*json.UnmarshalTypeError) // the first of such properties; all others are set
	if err != nil && !mistyped {
		return nil, c.invalidResponse(resp, body, notJSON(resp), err)
	}

	if reason := check(result); reason != "" {
		return nil, c.invalidResponse(resp, body, reason, nil)
	}
	return result, nil
}

func notJSON(resp *http.Response) string {
	encoding := resp.Header.Get("Content-Encoding")
	if encoding != "" {
		return fmt.Sprintf("the client did not ask for Content-Encoding %q", encoding)
	}
	return strings.TrimSpace(fmt.Sprintf("the body is empty or not JSON (Content-Type %q)", resp.Header.Get("Content-Type")))
}
