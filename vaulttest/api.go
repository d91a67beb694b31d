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
	createRoute     = "POST /vault/sessions"
	connectionsPath = "/vault/connections"
)

// ServeHTTP implements [http.Handler] for hosted pages and API requests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.serve(w, r) {
		panic(http.ErrAbortHandler) // without a log entry
	}
}

// serve responds to a request, and reports whether the response is complete.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) bool {
	if hosted.Serves(r.URL.Path) {
		s.pageHandler.ServeHTTP(w, r)
		return true
	}
	return s.serveAPI(w, r)
}

// serveAPI responds with a scripted reply, or normally if there is none.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody+1)) // an error: nobody reads the response
	request := s.newRequest(r, body)

	reply := s.record(request)
	w.Header().Set("x-apideck-request-id", request.ID)
	if !s.wait(r, s.latency+reply.Delay) {
		return false
	}

	if reply.isNormal() {
		reply = s.respond(r, request)
	}

	s.mu.Lock()
	request.Status = reply.status()
	s.mu.Unlock()

	return reply.play(w)
}

// record stores the request and returns the scripted reply to it. Only requests
// for sessions have one.
func (s *Server) record(r *Request) Reply {
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
	case r.route() != createRoute:
		return Reply{}
	case i >= 0:
		return s.take(i)
	default:
		return s.faults()
	}
}

// respond returns the normal response to a request.
func (s *Server) respond(r *http.Request, request *Request) Reply {
	if reply, ok := s.checkHeader(request, r.Header.Get("Authorization")); !ok {
		return reply
	}

	route := request.route()
	if id, ok := strings.CutPrefix(route, "GET "+connectionsPath+"/"); ok {
		return s.getConnection(request.ConsumerID, id)
	}

	switch route {
	case createRoute:
		return s.createSession(request)
	case "GET " + connectionsPath:
		return s.listConnections(request.ConsumerID, r.URL.Query().Get("api"))
	default:
		return errorReply(http.StatusNotFound, "no route for "+route)
	}
}

// wait waits for d. It returns false if the client disconnects or the server closes
// before that.
func (s *Server) wait(r *http.Request, d time.Duration) bool {
	// One context per request: inside a synctest bubble, time advances only while
	// goroutines wait on channels created in that bubble.
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.open, cancel)()

	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
