package vaulttest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/apideck-community/vault-go/facade"
)

// Request is a call of the API that arrived, whatever became of it.
type Request struct {
	Method     string         // such as "POST"
	Path       string         // of the URL, such as "/vault/sessions"
	Header     http.Header    // with the API key masked
	Body       []byte         // as it came, valid or not
	AppID      string         // header x-apideck-app-id
	ConsumerID string         // header x-apideck-consumer-id
	Session    facade.Session // the decoded body, numbers in it as json.Number; zero if it is not a valid session
}

// maxRequests is how many requests a server keeps.
const maxRequests = 1000

// Requests returns the last 1000 calls of the API that arrived, oldest first.
// Visits of a hosted page are not among them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := slices.Clone(s.requests)
	for i := range requests {
		requests[i].Header = requests[i].Header.Clone()
	}
	return requests
}

func newRequest(r *http.Request, body []byte) Request {
	req := Request{
		Method:     r.Method,
		Path:       r.URL.Path,
		Header:     r.Header.Clone(),
		Body:       body,
		AppID:      r.Header.Get("x-apideck-app-id"),
		ConsumerID: r.Header.Get("x-apideck-consumer-id"),
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		scheme, _, ok := strings.Cut(authorization, " ")
		if ok {
			scheme += " "
		} else {
			scheme = "" // it may be the key itself
		}
		req.Header.Set("Authorization", scheme+"***")
	}
	if decodeStrictly(body, &req.Session) != nil {
		req.Session = facade.Session{}
	}
	return req
}
