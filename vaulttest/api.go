package vaulttest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP answers one request: a browser's for a hosted page, or a call of
// the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token, ok := strings.CutPrefix(r.URL.Path, "/session/"); ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.servePage(w, token)
		return
	}
	s.serveAPI(w, r)
}

// serveAPI answers by the next scripted reply, if there is one.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	reply, scripted, id := s.record(newRequest(r, body))
	w.Header().Set("x-apideck-request-id", id)
	s.wait(r, s.latency+reply.Delay)
	if scripted && reply.play(w) {
		return
	}
	if err != nil {
		writeProblem(w, badRequest("the body cannot be read: "+err.Error()))
		return
	}
	session, problem := s.check(r, body)
	if problem != nil {
		writeProblem(w, problem)
		return
	}
	s.create(w, r, session)
}

// record notes the request and takes the next scripted reply.
func (s *Server) record(r Request) (reply Reply, scripted bool, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	if !s.noRecord {
		s.requests = append(s.requests, r)
	}
	if scripted = len(s.script) > 0; scripted {
		reply, s.script = s.script[0], s.script[1:]
	}
	return reply, scripted, fmt.Sprintf("req_%d", s.arrived)
}

// wait waits for d, and cuts the connection when the caller has gone or the
// server is closed before that.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	case <-s.ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
