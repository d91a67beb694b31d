package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// byteOrderMark may precede JSON. A parser may ignore it (RFC 8259, section 8.1).
var byteOrderMark = []byte("\ufeff")

// decode decodes the body of the response that Do has returned into out, a pointer.
// It skips unknown properties and those of the wrong type.
func (c *call) decode(resp *http.Response, out any) error {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return c.invalidResponse(resp, "the status must be 200 or 201", nil)
	}

	err := json.Unmarshal(bytes.TrimPrefix(c.body, byteOrderMark), out)
	_, mistyped := err.(*json.UnmarshalTypeError) // is skipped; the operation checks what is missing
	if err != nil && !mistyped {
		return c.invalidResponse(resp, notJSON(resp), err)
	}
	return nil
}

// notJSON returns why a body cannot be decoded.
func notJSON(resp *http.Response) string {
	encoding := resp.Header.Get("Content-Encoding")
	if encoding != "" {
		return fmt.Sprintf("the client did not ask for Content-Encoding %q", encoding)
	}
	contentType := resp.Header.Get("Content-Type")
	return fmt.Sprintf("the body is empty or not JSON (Content-Type %q)", contentType)
}
