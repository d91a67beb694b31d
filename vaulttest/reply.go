package vaulttest

import (
	"io"
	"maps"
	"net/http"
	"time"
)

// Reply is a scripted answer.
type Reply struct {
	Status int         // HTTP status; 0 lets the server answer as it would without a script
	Header http.Header // response headers
	Body   string      // sent as it is; JSON unless Header has a Content-Type
	Delay  time.Duration
	Drop   bool // cut the connection, after Delay, instead of answering
}

// Enqueue scripts the next answers, one for each request that arrives, used
// before the normal ones. Scripted answers are given whatever the request is.
func (s *Server) Enqueue(r ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, r...)
}

// play gives the reply and reports whether the request is answered by it.
func (r Reply) play(w http.ResponseWriter, req *http.Request) bool {
	select {
	case <-time.After(r.Delay):
	case <-req.Context().Done():
		panic(http.ErrAbortHandler)
	}
	if r.Drop {
		panic(http.ErrAbortHandler) // net/http then closes the connection, quietly
	}
	if r.Status == 0 {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	io.WriteString(w, r.Body)
	return true
}
