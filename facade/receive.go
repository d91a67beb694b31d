package facade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// maxResponseBody limits what is read of a response, after decompression.
const maxResponseBody = 1 << 20

var errTooLarge = errors.New("the body is larger than 1 MiB")

// receive reads resp and decodes it into c.out. The error of an error response
// has its status even if the body cannot be read.
func (c *call) receive(resp *http.Response, secret string) error {
	body, err := readBody(resp)
	resp.Header = redactHeader(resp.Header, secret)
	reason := ""
	switch code := resp.StatusCode; {
	case code != http.StatusSwitchingProtocols && (code < 200 || code > 299):
		return apierrors.NewAPIError(c.op, c.attempts, resp, redactBody(body, secret))
	case err == errTooLarge:
		reason = err.Error()
	case err != nil:
		return fmt.Errorf("reading the response: %w", err)
	case code != http.StatusOK && code != http.StatusCreated:
		reason = "the status must be 200 or 201"
	default:
		err = json.Unmarshal(body, c.out)
		if cutShort(resp, body, err) {
			return fmt.Errorf("reading the response: %w", io.ErrUnexpectedEOF)
		}
		// Fields of the wrong type are skipped.
		if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !mistyped {
			reason = fmt.Sprintf("the body is empty or not JSON (Content-Type %q)", resp.Header.Get("Content-Type"))
		} else if c.unusable != nil {
			reason = c.unusable(c)
		}
	}
	if reason == "" {
		return nil
	}
	return apierrors.NewInvalidResponseError(c.op, c.attempts, resp, body, reason, err)
}

// readBody reads and closes the response's body. On error, it returns what it has
// read.
func readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}
	// A session fits in 4 KiB. A larger body takes 128 KiB, then the limit, so that
	// three attempts allocate less than 4 MiB.
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

// cutShort reports whether a body that only the end of the connection delimits is
// incomplete JSON, which net/http does not notice. err is the decoder's.
func cutShort(resp *http.Response, body []byte, err error) bool {
	hasEnd := !resp.Close || resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.Uncompressed
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	return !hasEnd && len(body) > 0 && ok && syntax.Offset >= int64(len(body))
}
