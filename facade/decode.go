package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// byteOrderMark may precede JSON and is ignored (RFC 8259, section 8.1).
var byteOrderMark = []byte("\ufeff")

// decode decodes the result of an operation, which Do has received, into out, a
// pointer. It skips unknown properties and those of the wrong type. check returns
// why out is not usable, or "".
func (c *call) decode(resp *http.Response, out any, check func() string) error {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return c.invalidResponse(resp, c.body, "the status must be 200 or 201", nil)
	}

	err := json.Unmarshal(bytes.TrimPrefix(c.body, byteOrderMark), out)
	_, mistyped := err.(*json.UnmarshalTypeError) // the first of such properties; all others are set
	if err != nil && !mistyped {
		return c.invalidResponse(resp, c.body, notJSON(resp), err)
	}

	reason := check()
	if reason != "" {
		return c.invalidResponse(resp, c.body, reason, nil)
	}
	return nil
}

// notJSON returns why a body cannot be decoded.
func notJSON(resp *http.Response) string {
	encoding := resp.Header.Get("Content-Encoding")
	if encoding != "" {
		return fmt.Sprintf("the client did not ask for Content-Encoding %q", encoding)
	}
	return fmt.Sprintf("the body is empty or not JSON (Content-Type %q)", resp.Header.Get("Content-Type"))
}
