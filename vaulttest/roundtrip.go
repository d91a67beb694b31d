package vaulttest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
)

// RoundTrip implements [http.RoundTripper]. It calls the server directly,
// whatever the host of req. If the reply cuts the connection, the error is
// [io.ErrUnexpectedEOF]. After [Server.Close], it wraps [syscall.ECONNREFUSED].
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}

	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if s.open.Err() != nil {
		return nil, fmt.Errorf("vaulttest: the server is closed: %w", syscall.ECONNREFUSED)
	}

	in := req.Clone(req.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}

	w := httptest.NewRecorder()
	if !s.serve(w, in) {
		return nil, cmp.Or(req.Context().Err(), io.ErrUnexpectedEOF)
	}

	resp := w.Result()
	resp.Request = req
	resp.ContentLength = int64(w.Body.Len())
	return resp, nil
}
