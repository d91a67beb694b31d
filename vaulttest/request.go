package vaulttest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/apideck-community/vault-go/facade"
)

// Request is an API request that the server received, valid or not.
type Request struct {
	Method     string         // such as "POST"
	Path       string         // of the URL, such as "/vault/sessions"
	Header     http.Header    // with the API key masked
	Body       []byte         // as received
	AppID      string         // header x-apideck-app-id
	ConsumerID string         // header x-apideck-consumer-id
	Session    facade.Session // the decoded body, with numbers as json.Number; zero if the body is not a valid session
}

// maxRequests is how many requests a server keeps; see Requests.
const maxRequests = 1000

// Requests returns the last 1000 API requests, oldest first. It does not
// include requests for hosted pages.
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
