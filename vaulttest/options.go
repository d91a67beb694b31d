package vaulttest

import (
	"crypto/sha256"
	"strings"
	"time"
)

// Option configures a [Server].
type Option func(*Server)

// WithAPIKeys sets the API keys that the server accepts. It rejects others with
// status 401. Default: any key.
func WithAPIKeys(keys ...string) Option {
	return func(s *Server) { s.apiKeys = keys }
}

// WithAppIDs sets the application ids that the server accepts. It rejects others
// with status 401. Default: any id.
func WithAppIDs(ids ...string) Option {
	return func(s *Server) { s.appIDs = ids }
}

// WithLatency delays every API response by d. For one response, use the Delay of a
// [Reply]. Hosted pages are not delayed. Default: 0.
func WithLatency(d time.Duration) Option {
	return func(s *Server) { s.latency = d }
}

// WithClock sets the clock for creating and expiring sessions, so that a test
// can let one expire without sleeping. Default: [time.Now].
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.now = now }
}

// WithFaults calls next for each request for a session that has no scripted
// reply, and responds with the Reply that it returns. The zero Reply is the
// normal response. Calls of next are not concurrent; it must not use the server.
// Default: no faults.
func WithFaults(next func() Reply) Option {
	return func(s *Server) { s.faults = next }
}

// InProcess creates a server without a socket. [Server.Client], and any
// [net/http.Client] with the server as its Transport, call it directly. Use it
// inside [testing/synctest], where a goroutine that waits for a socket stops the
// fake clock.
func InProcess() Option {
	// RFC 2606 reserves .invalid: a request that escapes goes nowhere.
	return func(s *Server) { s.URL = "https://vault.invalid" }
}

// WithPublicURL sets the URL that session URIs start with, such as
// "https://vault.example.test". Use it if browsers reach the server through a
// proxy or in a container. The URL must be http or https and have no path.
// Default: [Server.URL].
func WithPublicURL(u string) Option {
	return func(s *Server) { s.publicURL = strings.TrimRight(u, "/") }
}

// WithSigningKey sets the key that signs session tokens, so that sessions
// survive a restart of the server; their connections do not. Default, also if
// key is empty: a random key.
func WithSigningKey(key []byte) Option {
	return func(s *Server) {
		if len(key) > 0 {
			sum := sha256.Sum256(key) // in FIPS mode, HMAC rejects a short key
			s.signingKey = sum[:]
		}
	}
}
