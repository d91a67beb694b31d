package facade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// maxResponseBody bounds what is read of a response, after decompression.
const maxResponseBody = 1 << 20

var errTooLarge = errors.New("the body is larger than 1 MiB")

// receive reads and decodes the response, whose status decides. An error
// response keeps its status even if its body cannot be read.
func (c *call) receive(resp *http.Response, key string) error {
	body, err := readBody(resp)
	resp.Header = redactHeader(resp.Header, key)
	reason := ""
	switch code := resp.StatusCode; {
	case code != http.StatusSwitchingProtocols && (code < 200 || code > 299):
		return apierrors.NewAPIError(c.op, c.attempts, resp, redactBody(body, key))
	case err == errTooLarge:
		reason = err.Error()
	case err != nil:
		return fmt.Errorf("reading the response: %w", err)
	case code != http.StatusOK && code != http.StatusCreated:
		reason = "a success has status 200 or 201"
	default:
		err = json.Unmarshal(body, c.out)
		if cutShort(resp, body, err) {
			return fmt.Errorf("reading the response: %w", io.ErrUnexpectedEOF)
		}
		// A field of the wrong type is skipped.
		if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !mistyped {
			reason = fmt.Sprintf("the body is empty or not JSON (Content-Type %q)", resp.Header.Get("Content-Type"))
		} else if c.unusable != nil {
			reason = c.unusable(c)
		}
	}
	if reason == "" {
		return nil
	}
	return apierrors.NewInvalidResponseError(c.op, c.attempts, reason, resp, body, err)
}

// readBody reads and closes the response's body. With an error it returns what
// was read before.
func readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}
	// 4 KiB hold a session. Larger bodies grow to 128 KiB, then to the limit:
	// three attempts at a body without end allocate less than 4 MiB.
	body := make([]byte, 0, 4<<10)
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > maxResponseBody:
			return body[:maxResponseBody], errTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = append(make([]byte, 0, min(32*cap(body), maxResponseBody+1)), body...)
		}
	}
}

// cutShort reports whether a body that ends with the connection stops in the
// middle of its JSON: net/http cannot tell that it is incomplete. A body with a
// length, chunks or gzip has an end of its own.
func cutShort(resp *http.Response, body []byte, err error) bool {
	hasEnd := !resp.Close || resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.Uncompressed
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	return !hasEnd && len(body) > 0 && ok && syntax.Offset >= int64(len(body))
}
