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
	Status int           // 0 means 200 if Body is set, and the normal response otherwise
	Header http.Header   // response headers
	Body   string        // sent as is; JSON unless Header has a Content-Type
	Delay  time.Duration // before the response or the drop, in addition to WithLatency
	Drop   bool          // close the connection in the middle of the response headers
}

// Enqueue scripts the responses to the next API requests, one each, whatever
// the requests are. Hosted pages are not scripted. Enqueue panics if a Status
// is neither 0 nor 200 to 999.
func (s *Server) Enqueue(r ...Reply) {
	for _, reply := range r {
		if reply.Status != 0 && (reply.Status < 200 || reply.Status > 999) {
			panic(fmt.Sprintf("vaulttest: %d is not a valid Reply.Status, must be 0 or 200 to 999", reply.Status))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, r...)
}

// RateLimited returns the response to too many requests: 429, with a
// Retry-After header of after, rounded up to whole seconds. If after is 0,
// there is no Retry-After header.
func RateLimited(after time.Duration) Reply {
	r := errorReply(newProblem(429, "TooManyRequestsError", "Too Many Requests", "Rate limit exceeded"))
	if after > 0 {
		r.Header = http.Header{"Retry-After": {strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10)}}
	}
	return r
}

// PlanLimitReached returns the response when the plan has no calls left: 402.
func PlanLimitReached() Reply {
	return errorReply(newProblem(402, "RequestLimitError", "Request Limit Reached", "The plan's limit has been reached"))
}

// KeyExpired returns the response to an API key that has expired: 401.
func KeyExpired() Reply { return errorReply(unauthorized("The API key has expired")) }

// RedirectRejected returns the response to a redirect_uri that is not
// registered with an application that enforces redirect protection: 400.
func RedirectRejected() Reply {
	return errorReply(badRequest("redirect_uri: is not registered with the application"))
}

// ServerDown returns the response of an API that is restarting or overloaded: 503.
func ServerDown() Reply { return ErrorResponse(http.StatusServiceUnavailable) }

// ConnectionCut returns a reply that closes the connection in the middle of the
// response headers.
func ConnectionCut() Reply { return Reply{Drop: true} }

// ErrorResponse returns a response with the given status, 400 to 599, and the
// API's error body for it.
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
		panic(err) // only strings and a number
	}
	return Reply{Status: p.StatusCode, Body: string(body)}
}

// play sends the reply. It returns false if the server should respond normally.
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

// cut closes the connection in the middle of the response headers. It sends a
// status line, because net/http may itself retry a request on a pooled
// connection that closes without one. It sends a Content-Length, because curl
// and Python would otherwise read an empty response.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
		conn.Close()
	}
	panic(http.ErrAbortHandler) // without a log entry
}
