package vaulttest

import "time"

// Option is a setting of a [Server].
type Option func(*Server)

// WithAPIKeys sets the API keys that the server accepts; any other is answered
// with 401. Default: every key.
func WithAPIKeys(keys ...string) Option {
	return func(s *Server) { s.apiKeys = keys }
}

// WithAppIDs sets the application ids that the server accepts; any other is
// answered with 401. Default: every id.
func WithAppIDs(ids ...string) Option {
	return func(s *Server) { s.appIDs = ids }
}

// WithLatency delays every answer of the API by d. Hosted pages are not
// delayed. Default: 0.
func WithLatency(d time.Duration) Option {
	return func(s *Server) { s.latency = d }
}

// WithClock sets the clock that sessions are made and expire by, so that a test
// can let one expire without waiting. Default: [time.Now].
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.now = now }
}

// InProcess makes a server without a socket: [Server.Client] and any
// [net/http.Client] with the server as its Transport are answered by a function
// call. It works inside [testing/synctest], where a socket would stop the
// bubble's clock.
func InProcess() Option {
	return func(s *Server) { s.inProcess = true }
}

// WithoutRecord keeps no requests, for a program that runs for long:
// [Server.Requests] then returns none. Default: all are kept.
func WithoutRecord() Option {
	return func(s *Server) { s.noRecord = true }
}
