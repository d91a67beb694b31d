package vaulttest

import (
	"bytes"
	"strings"
	"time"
)

// Option is a setting of a [Server].
type Option func(*Server)

// WithAPIKeys sets the API keys that the server accepts; any other is rejected
// with 401. Default: every key.
func WithAPIKeys(keys ...string) Option {
	return func(s *Server) { s.apiKeys = keys }
}

// WithAppIDs sets the application ids that the server accepts; any other is
// rejected with 401. Default: every id.
func WithAppIDs(ids ...string) Option {
	return func(s *Server) { s.appIDs = ids }
}

// WithLatency delays every response of the API by d. Hosted pages are not
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
// [net/http.Client] with the server as its Transport get their responses by a
// function call. It works inside [testing/synctest], where a socket would stop the
// bubble's clock.
func InProcess() Option {
	return func(s *Server) { s.inProcess = true }
}

// WithPublicURL sets the scheme and host under which browsers reach the server,
// such as "https://vault.example.test", when it is not what the server listens
// on: behind a proxy that terminates TLS, or in a container. Session URIs start
// with it. Default: [Server.URL].
func WithPublicURL(u string) Option {
	return func(s *Server) { s.publicURL = strings.TrimRight(u, "/") }
}

// WithSigningKey sets the key that session tokens are signed with. Sessions then
// survive a restart of the server; their connections do not. Default, and for an
// empty key: a random one.
func WithSigningKey(key []byte) Option {
	return func(s *Server) {
		if len(key) > 0 {
			s.signingKey = bytes.Clone(key)
		}
	}
}
