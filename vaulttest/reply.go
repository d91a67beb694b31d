package vaulttest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Reply is a scripted response.
type Reply struct {
	// Status of the response. 0 means 200 if Body is set, and the normal response
	// otherwise.
	Status int `json:"status,omitempty"`

	// Header has the response headers.
	Header http.Header `json:"header,omitempty"`

	// Body is sent as is. It is JSON unless Header has a Content-Type.
	Body string `json:"body,omitempty"`

	// Delay before the response or the drop. It adds to the delay of WithLatency,
	// which every response has.
	Delay time.Duration `json:"delay,omitempty"`

	// Drop closes the connection in the middle of the response headers.
	Drop bool `json:"drop,omitempty"`

	// Times is how many requests the reply answers. 0 means 1. A negative number
	// lasts until [Server.Reset] and may be left over.
	Times int `json:"times,omitempty"`

	// ConsumerID limits the reply to requests of this consumer. "" means any.
	ConsumerID string `json:"consumer_id,omitempty"`
}

// Enqueue scripts the responses to the next requests for a session, POST
// /vault/sessions. Each request gets the first reply that is left for its
// consumer. Other requests, and hosted pages, are not scripted. Enqueue panics
// if a Status is neither 0 nor 200 to 999.
func (s *Server) Enqueue(r ...Reply) {
	for _, reply := range r {
		if reply.Status != 0 && (reply.Status < 200 || reply.Status > 999) {
			panic(fmt.Sprintf(
				"vaulttest: %d is not a valid Reply.Status, must be 0 or 200 to 999", reply.Status))
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, reply := range r {
		reply.Times = cmp.Or(reply.Times, 1)
		s.script = append(s.script, reply)
	}
}

// Replies returns the scripted replies that are left, with the number of requests
// that each still answers in Times.
func (s *Server) Replies() []Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.script)
}

// ClearReplies forgets the scripted replies, and nothing else; see [Server.Reset].
func (s *Server) ClearReplies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = nil
}

// take returns the scripted reply with index i, and removes it after the last
// request that it answers.
func (s *Server) take(i int) Reply {
	reply := s.script[i]
	s.script[i].Times = max(reply.Times-1, -1)
	if reply.Times == 1 {
		s.script = slices.Delete(s.script, i, i+1)
	}
	return reply
}

// RateLimited returns the response to too many requests: 429, with a
// Retry-After header of after, rounded up to whole seconds. If after is 0,
// there is no Retry-After header.
func RateLimited(after time.Duration) Reply {
	r := errorReply(http.StatusTooManyRequests, "Rate limit exceeded")
	if after > 0 {
		seconds := int64((after + time.Second - 1) / time.Second)
		r.Header = http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
	}
	return r
}

// PlanLimitReached returns the response when the plan has no calls left: 402.
func PlanLimitReached() Reply {
	return errorReply(http.StatusPaymentRequired, "The plan's limit has been reached")
}

// KeyExpired returns the response to an API key that has expired: 401.
func KeyExpired() Reply {
	return errorReply(http.StatusUnauthorized, "The API key has expired")
}

// RedirectRejected returns the response to a redirect_uri that is not
// registered with an application that enforces redirect protection: 400, with an
// object as the detail.
func RedirectRejected() Reply {
	return errorReply(http.StatusBadRequest,
		map[string]string{"redirect_uri": "is not registered with the application"})
}

// ServerDown returns the response of an API that is restarting or overloaded: 503.
func ServerDown() Reply { return ErrorResponse(http.StatusServiceUnavailable) }

// ConnectionCut returns a reply that closes the connection in the middle of the
// response headers.
func ConnectionCut() Reply { return Reply{Drop: true} }

// ErrorResponse returns a response with the given status, 400 to 599, and the
// API's error body for it.
func ErrorResponse(status int) Reply {
	return errorReply(status, fmt.Sprintf("A scripted response with status %d", status))
}

// isNormal reports whether the server responds normally, perhaps after a delay.
func (r Reply) isNormal() bool { return !r.Drop && r.Status == 0 && r.Body == "" }

// status returns the status that the reply sends, or 0 if it cuts the connection.
func (r Reply) status() int {
	if r.Drop {
		return 0
	}
	return cmp.Or(r.Status, http.StatusOK)
}

// name returns what the reply is, for messages: its status, such as "503", or
// "cut connection".
func (r Reply) name() string {
	if r.Drop {
		return "cut connection"
	}
	return strconv.Itoa(r.status())
}

// play sends the reply, which must not be the normal response. It reports whether
// the response is complete.
func (r Reply) play(w http.ResponseWriter) bool {
	if r.Drop {
		cut(w)
		return false
	}

	w.Header().Set("Content-Type", "application/json")
	for key, values := range r.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}

	w.WriteHeader(r.status())
	io.WriteString(w, r.Body)
	return true
}

// cut closes the connection in the middle of the response headers. It sends a
// status line, because net/http may itself retry a request on a pooled
// connection that closes without one. It sends a Content-Length, because curl
// and Python would otherwise read an empty response.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
		conn.Close()
	}
}
