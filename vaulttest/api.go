package vaulttest

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// ServeHTTP implements [http.Handler] for hosted pages and API requests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if hosted.Serves(r.URL.Path) {
		s.pageHandler.ServeHTTP(w, r)
		return
	}
	s.serveAPI(w, r)
}

// serveAPI responds with the next scripted reply, or normally without one.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	reply, scripted, id := s.record(newRequest(r, body))
	w.Header().Set("x-apideck-request-id", id)
	s.wait(r, s.latency+reply.Delay)
	if scripted && reply.play(w) {
		return
	}
	if err != nil {
		writeProblem(w, badRequest("cannot read the body: "+err.Error()))
		return
	}
	session, problem := s.check(r, body)
	if problem != nil {
		writeProblem(w, problem)
		return
	}
	s.create(w, r, session)
}

// record stores the request and takes the next scripted reply.
func (s *Server) record(r Request) (reply Reply, scripted bool, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	s.requests = append(s.requests, r)
	s.requests = s.requests[max(0, len(s.requests)-maxRequests):]
	if scripted = len(s.script) > 0; scripted {
		reply, s.script = s.script[0], s.script[1:]
	}
	return reply, scripted, fmt.Sprintf("req_%d", s.arrived)
}

// wait waits for d. If the client disconnects or the server closes before that,
// it aborts the response.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	// One channel per request: inside a synctest bubble, time advances only while
	// goroutines wait on channels created in that bubble.
	closed := make(chan struct{})
	s.mu.Lock()
	if s.closed {
		close(closed)
	} else {
		s.delayed[closed] = true
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.delayed, closed)
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	case <-closed:
		panic(http.ErrAbortHandler)
	}
}
