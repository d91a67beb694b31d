package facade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// maxResponseBody bounds what is read of an answer, after decompression.
const maxResponseBody = 1 << 20

var errTooLarge = errors.New("the body is larger than 1 MiB")

// attempt sends req once and reads the whole answer, within the time limit. A
// nil error means status 200 or 201 and a whole body. An error is an *APIError, an
// *InvalidResponseError, or net/http's own without the URL.
func (c *call) attempt(req *http.Request) (*http.Response, error) {
	start := time.Now()
	limit := c.limit(req.Context())
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	defer cancel()

	resp, err := c.httpClient.Do(req.WithContext(ctx))
	if err == nil {
		body, readErr := readBody(resp)
		c.body = hideKey(req, resp, body)
		err = c.classify(resp, readErr)
	}
	c.logAttempt(req, resp, start)
	if err == nil {
		return resp, nil
	}
	switch wrapped := err.(type) {
	case *apierrors.APIError, *apierrors.InvalidResponseError:
		return nil, err
	case *url.Error:
		err = wrapped.Err // without the URL; the operation is named anyway
	}
	if ctx.Err() != nil && req.Context().Err() == nil {
		err = fmt.Errorf("attempt timed out after %v: %w", limit, context.DeadlineExceeded)
	}
	return nil, hideEcho(err, req)
}

// readBody reads and closes the answer's body. With an error it returns what
// was read before.
func readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}
	// 4 KiB, enough for a session, or the length if that is less, then 128 KiB,
	// then the limit: three attempts at a body without end allocate less than
	// 4 MiB.
	size := int64(4 << 10)
	if resp.ContentLength > 0 {
		size = min(size, resp.ContentLength+1)
	}
	body := make([]byte, 0, size)
	for {
		n, err := resp.Body.Read(body[len(body):min(cap(body), maxResponseBody+1)])
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

// classify turns the answer, and the error of reading it, into the attempt's
// result. A refusal keeps its status even when its body could not be read.
func (c *call) classify(resp *http.Response, readErr error) error {
	code := resp.StatusCode
	switch {
	case code == http.StatusSwitchingProtocols:
		return c.invalidResponse(resp, "the server switched protocols", nil)
	case code < 200 || code > 299:
		e := apierrors.NewAPIError(c.op, resp, c.body)
		e.Attempts = c.attempts
		e.RetryAfter = retryAfter(resp.Header, time.Now())
		return e
	case readErr == errTooLarge:
		return c.invalidResponse(resp, errTooLarge.Error(), nil)
	case readErr != nil:
		return fmt.Errorf("reading the answer: %w", readErr)
	case code != http.StatusOK && code != http.StatusCreated:
		return c.invalidResponse(resp, "a created session has status 200 or 201", nil)
	case cutShort(resp, c.body):
		return fmt.Errorf("reading the answer: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

// cutShort reports whether a body that only the end of the connection delimits
// ends in the middle of its JSON: net/http cannot tell that from a whole one.
// A gzip stream, by contrast, knows its own end.
func cutShort(resp *http.Response, body []byte) bool {
	if !resp.Close || resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.Uncompressed || len(body) == 0 {
		return false
	}
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(struct{}))) // decodes nothing
	return ok && syntax.Offset >= int64(len(body))
}

func (c *call) invalidResponse(resp *http.Response, reason string, err error) error {
	e := apierrors.NewInvalidResponseError(c.op, resp, c.body, reason, err)
	e.Attempts = c.attempts
	return e
}
