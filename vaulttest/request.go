package vaulttest

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// Request is an API request that the server received, valid or not.
type Request struct {
	ID         string      `json:"id"`     // also the response header x-apideck-request-id
	Time       time.Time   `json:"time"`   // when it arrived
	Method     string      `json:"method"` // such as "POST"
	Path       string      `json:"path"`   // of the URL, such as "/vault/sessions"
	Header     http.Header `json:"header"` // with the API key masked
	Body       []byte      `json:"body"`   // as received
	AppID      string      `json:"-"`      // header x-apideck-app-id
	ConsumerID string      `json:"-"`      // header x-apideck-consumer-id

	// Session is the decoded body, with numbers as json.Number. It is zero if the
	// body is not a valid session.
	Session facade.Session `json:"-"`

	// Status of the response. It is 0 while the response is delayed, and if the
	// connection was cut.
	Status int `json:"status"`
}

// maxStored is how many bytes of requests a server stores.
const maxStored = 16 << 20

// apiKey matches an Authorization header: a scheme, if there is one, and the key.
var apiKey = regexp.MustCompile(`^([A-Za-z]+ )?.*$`)

// Requests returns the last API requests, oldest first: as many as fit in 16 MiB.
// It includes those for connections; a test can tell them apart by Path. It does
// not include requests for hosted pages.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()

	requests := make([]Request, len(s.requests))
	for i, r := range s.requests {
		requests[i] = *r
	}
	return requests
}

func (s *Server) newRequest(r *http.Request, body []byte) *Request {
	request := &Request{
		Time:       s.now(),
		Method:     r.Method,
		Path:       r.URL.Path,
		Header:     r.Header.Clone(),
		Body:       body,
		AppID:      r.Header.Get("x-apideck-app-id"),
		ConsumerID: r.Header.Get("x-apideck-consumer-id"),
	}
	request.Session, _, _ = decodeSession(body)

	for i, value := range request.Header["Authorization"] {
		request.Header["Authorization"][i] = apiKey.ReplaceAllString(value, "$1[API key]")
	}
	return request
}

// route returns what the response depends on, such as "POST /vault/sessions".
func (r *Request) route() string { return r.Method + " " + r.Path }

// size returns about how many bytes the request occupies.
func (r *Request) size() int {
	return 2048 + len(r.Body) + len(fmt.Sprint(r.Path, r.Header))
}

// isFor reports whether reply may be the response to r.
func (r *Request) isFor(reply Reply) bool {
	return reply.ConsumerID == "" || reply.ConsumerID == r.ConsumerID
}
