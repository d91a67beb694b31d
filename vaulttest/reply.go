package vaulttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Reply is a scripted response.
type Reply struct {
	Status int           // HTTP status; 0 is 200 if there is a Body, and else what the server responds without a script
	Header http.Header   // response headers
	Body   string        // sent as it is; JSON unless Header has a Content-Type
	Delay  time.Duration // before the response or the cut, on top of WithLatency
	Drop   bool          // cut the connection within the response headers
}

// Enqueue scripts the next responses, one for each call of the API that arrives,
// used before the normal ones. They are sent whatever the call is.
// Hosted pages are not scripted. It panics on a Status that is no HTTP status.
func (s *Server) Enqueue(r ...Reply) {
	for _, reply := range r {
		if reply.Status != 0 && (reply.Status < 200 || reply.Status > 999) {
			panic(fmt.Sprintf("vaulttest: Reply.Status %d must be 200 to 999", reply.Status))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, r...)
}

// RateLimited is the response to too many requests: 429, with a Retry-After of
// after in whole seconds, rounded up. With 0 there is no Retry-After.
func RateLimited(after time.Duration) Reply {
	r := errorReply(newProblem(429, "TooManyRequestsError", "Too Many Requests", "The rate limit is reached"))
	if after > 0 {
		r.Header = http.Header{"Retry-After": {strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10)}}
	}
	return r
}

// PlanLimitReached is the response when the plan has no calls left: 402.
func PlanLimitReached() Reply {
	return errorReply(newProblem(402, "RequestLimitError", "Request Limit Reached", "The plan's limit is reached"))
}

// KeyExpired is the response to a key that is no longer valid: 401.
func KeyExpired() Reply { return errorReply(unauthorized("The API key has expired")) }

// RedirectRejected is the response to a redirect_uri that is not registered with
// an application that enforces redirect protection: 400.
func RedirectRejected() Reply {
	return errorReply(badRequest("redirect_uri: is not registered with the application"))
}

// ServerDown is the response of an API that is being restarted or overloaded: 503.
func ServerDown() Reply { return ErrorResponse(http.StatusServiceUnavailable) }

// ConnectionCut ends the connection within the response headers.
func ConnectionCut() Reply { return Reply{Drop: true} }

// ErrorResponse is a response with the given status, 400 to 599, and the error body
// that the API has for it.
func ErrorResponse(status int) Reply {
	name := map[int]string{
		http.StatusBadRequest:          "RequestValidationError",
		http.StatusUnauthorized:        "UnauthorizedError",
		http.StatusPaymentRequired:     "RequestLimitError",
		http.StatusNotFound:            "EntityNotFoundError",
		http.StatusUnprocessableEntity: "InvalidStateError",
		http.StatusTooManyRequests:     "TooManyRequestsError",
	}[status]
	if name == "" {
		name = "UnexpectedError"
	}
	detail := fmt.Sprintf("A scripted response with status %d", status)
	return errorReply(newProblem(status, name, http.StatusText(status), detail))
}

func errorReply(p *problem) Reply {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a number
	}
	return Reply{Status: p.StatusCode, Body: string(body)}
}

// play sends the reply and reports whether it is a whole response.
func (r Reply) play(w http.ResponseWriter) bool {
	if r.Drop {
		cut(w)
	}
	if r.Status == 0 && r.Body == "" {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	for key, values := range r.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}
	w.WriteHeader(cmp.Or(r.Status, http.StatusOK))
	io.WriteString(w, r.Body)
	return true
}

// cut ends the connection after the status line. Without one, a client that
// uses a pooled connection would not notice: net/http repeats the request itself.
// Without a length, curl and Python take the end of the connection for that of
// the headers, and the response for an empty one.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
		conn.Close()
	}
	panic(http.ErrAbortHandler) // ends the handler, quietly
}
