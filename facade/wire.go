package facade

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// wire is the transport below the middleware, directly above that of the HTTP
// client. What depends on the internals of net/http is here: its connections, its
// replays, and what it says only in the text of an error.
type wire struct{ next http.RoundTripper }

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	trip := &tripState{getBody: req.GetBody}
	trip.trace.GetConn = trip.getConn
	trip.trace.GotConn = trip.gotConn
	trip.trace.GotFirstResponseByte = trip.gotFirstResponseByte

	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &trip.trace))
	if req.GetBody != nil {
		req.GetBody = trip.replay
	}

	resp, err := roundTrip(w.next, req)
	if err == nil {
		return resp, nil
	}

	err = explain(err)
	if trip.mayBeLost.Load() && losesConn(req.Context(), err) {
		err = lostConnError{err}
	}
	return nil, err
}

// tripState is what net/http reports of one RoundTrip.
type tripState struct {
	trace     httptrace.ClientTrace // here, because it saves an allocation
	mayBeLost atomic.Bool           // the connection had been used before, and no response has begun
	replays   atomic.Int32
	getBody   func() (io.ReadCloser, error)
}

// getConn is called before net/http looks for a connection, so that a replay whose
// dial fails does not count as a lost connection.
func (t *tripState) getConn(string) { t.mayBeLost.Store(false) }

func (t *tripState) gotConn(conn httptrace.GotConnInfo) { t.mayBeLost.Store(conn.Reused) }

func (t *tripState) gotFirstResponseByte() { t.mayBeLost.Store(false) }

// maxReplays is how many times net/http may send a request again by itself. It does
// so if the server cannot have processed the request, and has no limit if an HTTP/2
// server sends GOAWAY on each new connection. Only a replay after the body had been
// read is counted, because net/http calls GetBody; the attempt's timeout ends all
// others.
const maxReplays = 10

// replay is the GetBody that net/http calls before each replay.
func (t *tripState) replay() (io.ReadCloser, error) {
	if t.replays.Add(1) > maxReplays {
		return nil, errors.New("the server closed one connection after another without a response")
	}
	return t.getBody()
}

// lostConnError means that a connection that had been used before was lost before
// there was a response.
type lostConnError struct{ error }

func (e lostConnError) Unwrap() error { return e.error }

// losesConn reports whether a failure without a response is one of the connection. A
// timeout is not, nor is what only concerns one stream of an HTTP/2 connection, nor
// what a new connection would meet again. ctx is that of the request.
func losesConn(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}

	netErr, ok := errors.AsType[net.Error](err)
	if ok && netErr.Timeout() {
		return false
	}

	_, permanent := errors.AsType[permanentError](err)
	return !permanent && !strings.HasPrefix(err.Error(), "stream error: ")
}

// permanentError is a failure that a new connection would meet again. It has the
// method that apierrors.Temporary looks for.
type permanentError struct{ error }

func (e permanentError) Unwrap() error   { return e.error }
func (e permanentError) Permanent() bool { return true }

// explain returns err, or a more specific error for what net/http says only in the
// text of err.
func explain(err error) error {
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	if ok && string(record.RecordHeader[:]) == "HTTP/" {
		return http.ErrSchemeMismatch // as http.Client does
	}

	for _, text := range permanentTexts {
		if strings.Contains(err.Error(), text) {
			return permanentError{err}
		}
	}
	return withoutQuote(err)
}

// permanentTexts are texts of permanent failures that have no type. The first three
// are of response headers above MaxResponseHeaderBytes. If HTTP/2 headers exceed it
// by far, net/http only says "connection error: PROTOCOL_ERROR", which can have
// other reasons.
var permanentTexts = []string{
	"server response headers exceeded",
	"response header list larger",
	"header list too large",
	"tls: server selected unsupported protocol version",
}

// withoutQuote replaces an error in which net/http quotes a malformed response, which
// may contain a session. It returns any other error unchanged.
func withoutQuote(err error) error {
	for _, quoting := range []string{"malformed HTTP ", "malformed MIME "} {
		before, _, found := strings.Cut(err.Error(), quoting)
		if found {
			return errors.New(before + "malformed response")
		}
	}
	return err
}

// roundTrip calls transport.RoundTrip and checks that there is either a response or
// an error.
func roundTrip(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err // drop a response that comes with an error; it would not be redacted
	}
	if resp == nil {
		err = fmt.Errorf("the transport %T returned neither a response nor an error", transport)
		return nil, permanentError{err}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	return resp, nil
}
