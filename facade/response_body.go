package facade

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxResponseBody limits what is read of a response, after decompression.
const maxResponseBody = 1 << 20

const usualBody = 4 << 10 // a session is smaller

var errTooLarge = errors.New("the body is larger than 1 MiB")

// readBody reads and closes the response's body. On error, it returns what it has
// read.
func readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()

	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil // the body is the raw connection
	}

	// A usual response fits in the buffer, which saves what io.ReadAll allocates.
	r := bufio.NewReaderSize(resp.Body, usualBody)
	body, err := r.Peek(usualBody)
	if err == io.EOF {
		return body, nil
	}
	if err != nil {
		return body, err
	}

	body, err = io.ReadAll(io.LimitReader(r, maxResponseBody+1))
	if len(body) > maxResponseBody {
		return body[:maxResponseBody], errTooLarge
	}
	return body, err
}

// cutShort reports whether the body of a 2xx response is incomplete JSON and
// delimited only by the end of the connection, so that net/http cannot notice.
func cutShort(resp *http.Response, body []byte) bool {
	if resp.StatusCode > 299 || !endsWithConnection(resp) {
		return false
	}

	text := bytes.TrimPrefix(body, byteOrderMark)
	err := json.NewDecoder(bytes.NewReader(text)).Decode(new(json.RawMessage))
	return errors.Is(err, io.ErrUnexpectedEOF)
}

func endsWithConnection(resp *http.Response) bool {
	hasLength := resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0

	// When net/http decompresses, it sets ContentLength to -1, whatever it was.
	return resp.Close && !hasLength && !resp.Uncompressed
}
