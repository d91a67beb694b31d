package facade

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// wire is the transport below the middleware. It has what the client knows of
// net/http: its connections, what it says only in the text of an error, and when
// it sends a request again by itself.
type wire struct{ next http.RoundTripper }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	trip := &tripState{getBody: req.GetBody}
	trip.trace.GotConn = trip.gotConn

	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &trip.trace))
	if req.GetBody != nil {
		req.GetBody = trip.replay
	}

	resp, err := roundTrip(w.next, req)
	if err == nil {
		return resp, nil
	}

	err = explain(err)
	if trip.usedConn.Load() {
		err = usedConnError{err}
	}
	return nil, err
}

// tripState is what net/http reports of one RoundTrip.
type tripState struct {
	trace    httptrace.ClientTrace
	usedConn atomic.Bool // the connection, the last one if there were several, had been used before
	replays  atomic.Int32
	getBody  func() (io.ReadCloser, error)
}

func (t *tripState) gotConn(conn httptrace.GotConnInfo) { t.usedConn.Store(conn.Reused) }

// maxReplays is how often net/http may send a request again by itself. It does so
// if the server cannot have processed the request, and without a limit if an
// HTTP/2 server closes each new connection.
const maxReplays = 10

// replay is the GetBody that net/http calls for each replay.
func (t *tripState) replay() (io.ReadCloser, error) {
	if t.replays.Add(1) > maxReplays {
		return nil, errors.New("the server closed one connection after another without a response")
	}
	return t.getBody()
}

// usedConnError is a failure without a response on a connection that had been used
// before.
type usedConnError struct{ error }

func (e usedConnError) Unwrap() error { return e.error }

// permanentError is a failure that another attempt would meet again. It implements
// an interface that apierrors.Temporary looks for.
type permanentError struct{ error }

func (e permanentError) Unwrap() error   { return e.error }
func (e permanentError) Permanent() bool { return true }

// explain returns err, or a better error for what net/http says only in the text
// of an error.
func explain(err error) error {
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	if ok && string(record.RecordHeader[:]) == "HTTP/" {
		return http.ErrSchemeMismatch // as http.Client does
	}

	for _, text := range headersTooLarge {
		if strings.Contains(err.Error(), text) {
			return permanentError{err}
		}
	}
	return withoutQuote(err)
}

// headersTooLarge are the texts of net/http for response headers above
// MaxResponseHeaderBytes. Of HTTP/2 headers far above, it only says
// "connection error: PROTOCOL_ERROR", which can have other reasons.
var headersTooLarge = []string{
	"server response headers exceeded",
	"response header list larger",
	"header list too large",
}

// withoutQuote returns err, but for an error of net/http that quotes a malformed
// response, which may be a session, an error that does not.
func withoutQuote(err error) error {
	const malformed = "malformed "
	text := err.Error()
	if !strings.HasPrefix(text, "net/http: ") && !strings.HasPrefix(text, malformed) {
		return err
	}

	before, _, quotes := strings.Cut(text, malformed)
	if !quotes {
		return err
	}
	return errors.New(before + malformed + "response")
}

// roundTrip calls transport.RoundTrip and checks the result as http.Client does. It
// does not follow redirects: the API has none, and one would send the key and the
// consumer's data elsewhere.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err // without a response, which would not be redacted
	}
	if resp == nil {
		return nil, permanentError{fmt.Errorf("the transport %T returned neither a response nor an error", transport)}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, nil
}
