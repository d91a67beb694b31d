package vaulttest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

const (
	sessionsPath    = "/vault/sessions"
	connectionsPath = "/vault/connections"
)

// ServeHTTP implements [http.Handler] for hosted pages and API requests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if hosted.Serves(r.URL.Path) {
		s.pageHandler.ServeHTTP(w, r)
		return
	}
	s.serveAPI(w, r)
}

// serveAPI responds with a scripted reply, or normally if there is none.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	request := s.newRequest(r, body)
	if err != nil {
		request.invalid = fmt.Errorf("cannot read the body: %w", err)
	}

	reply := s.record(request)
	w.Header().Set("x-apideck-request-id", request.ID)
	s.wait(r, s.latency+reply.Delay)

	if reply.isNormal() {
		reply = s.respond(r, request)
	}
	s.mu.Lock()
	request.Status = reply.status()
	s.mu.Unlock()
	reply.play(w)
}

// record stores the request and returns the scripted reply to it. Only requests
// for sessions have one.
func (s *Server) record(r *received) Reply {
	isCreate := r.Method == http.MethodPost && r.Path == sessionsPath
	s.mu.Lock()
	defer s.mu.Unlock()

	s.arrived++
	r.ID = fmt.Sprintf("req_%d", s.arrived)
	s.requests = append(s.requests, r)
	s.stored += r.size()
	for s.stored > maxStored {
		s.stored -= s.requests[0].size()
		s.requests = slices.Delete(s.requests, 0, 1)
	}

	i := slices.IndexFunc(s.script, r.isFor)
	switch {
	case !isCreate:
		return Reply{}
	case i >= 0:
		return s.take(i)
	default:
		return s.faults()
	}
}

// respond returns the normal response to a request.
func (s *Server) respond(r *http.Request, request *received) Reply {
	if reply, ok := s.checkHeader(r); !ok {
		return reply
	}

	id, isOne := strings.CutPrefix(r.URL.Path, connectionsPath+"/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == sessionsPath:
		return s.createSession(request)
	case r.Method == http.MethodGet && r.URL.Path == connectionsPath:
		return s.listConnections(request.ConsumerID, r.URL.Query().Get("api"))
	case r.Method == http.MethodGet && isOne:
		return s.getConnection(request.ConsumerID, id)
	default:
		return errorReply(http.StatusNotFound, "no route for "+r.Method+" "+r.URL.Path)
	}
}

// wait waits for d. If the client disconnects or the server closes before that,
// it aborts the response.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}

	// One context per request: inside a synctest bubble, time advances only while
	// goroutines wait on channels created in that bubble.
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.open, cancel)()

	select {
	case <-time.After(d):
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
