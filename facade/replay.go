package facade

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// replay bounds how often net/http sends the request of one attempt. Because of
// the Idempotency-Key in defaultHeader, net/http sends it again when a pooled
// HTTP/1 connection is closed before the response, and would do so through a
// whole pool of dead connections. So the first replay closes the idle
// connections, to go over a new one, and there is no second. HTTP/2 sends again
// only what the server has not processed.
type replay struct {
	getBody func() (io.ReadCloser, error)
	client  *http.Client // with the idle connections
	trace   httptrace.ClientTrace
	sent    atomic.Int32 // over HTTP/1
}

// wroteHeaderField counts Host, which HTTP/2 calls :authority.
func (r *replay) wroteHeaderField(key string, _ []string) {
	if key == "Host" {
		r.sent.Add(1)
	}
}

var errReplayed = errors.New("the server closed two connections without a response")

// body is the request's GetBody, which net/http calls before a replay.
func (r *replay) body() (io.ReadCloser, error) {
	switch r.sent.Load() {
	case 0:
	case 1:
		r.client.CloseIdleConnections()
	default:
		return nil, errReplayed
	}
	return r.getBody()
}
