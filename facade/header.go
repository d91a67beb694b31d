package facade

import (
	"maps"
	"net/http"
)

// defaultHeader returns the headers of every request. The generated client adds
// Content-Type, x-apideck-app-id and x-apideck-consumer-id, and prepare (attempt.go)
// adds Authorization. Except for Idempotency-Key, what is added here belongs in
// checkHeader, too.
func defaultHeader() http.Header {
	return http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {userAgent},
		// An Idempotency-Key without values is not sent. It lets net/http send the
		// request again if a pooled connection is closed before the response. See
		// http.Transport and boundReplays.
		"Idempotency-Key": nil,
	}
}

// setHeader replaces the map, which a client shares with its calls.
func (c *config) setHeader(key, value string) {
	c.header = maps.Clone(c.header)
	c.header[key] = []string{value}
}
