package facade_test

import "net/http"

// roundTrip is a function as an http.RoundTripper, for the examples.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
