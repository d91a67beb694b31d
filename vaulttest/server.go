package vaulttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// TB is what [NewServer] needs of a [testing.TB].
type TB interface {
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is a stand-in Vault API. It is safe for concurrent use. It is an
// [http.Handler] too, for a program that listens by itself, and an
// [http.RoundTripper], for one that needs no network.
type Server struct {
	URL string // its base URL, such as "http://127.0.0.1:40123"; session URIs begin with it

	apiKeys, appIDs []string // accepted; nil: every one
	latency         time.Duration
	now             func() time.Time
	inProcess       bool
	noRecord        bool

	tb         TB // nil for a server of Start
	signingKey []byte
	http       *http.Server    // not used in process
	ctx        context.Context // done when the server is closed
	cancel     context.CancelFunc

	mu       sync.Mutex
	arrived  int
	requests []Request
	script   []Reply
}

// NewServer starts a server that closes itself when the test ends. Scripted
// replies that are left over then fail the test.
func NewServer(tb TB, opts ...Option) *Server {
	s, err := Start(opts...)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
		return nil // for a TB whose Fatalf returns
	}
	s.tb = tb
	tb.Cleanup(func() {
		s.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		if n := len(s.script); n > 0 {
			tb.Errorf("vaulttest: %d scripted replies were not used", n)
		}
	})
	return s
}

// Start starts a server for a program. Close it when done.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		URL:        "https://vault.invalid", // RFC 2606: resolves nowhere, should a request of InProcess escape
		now:        time.Now,
		signingKey: make([]byte, 32),
	}
	rand.Read(s.signingKey)
	for _, o := range opts {
		o(s)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	if s.inProcess {
		return s, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.URL = "http://" + listener.Addr().String()
	go s.http.Serve(listener)
	return s, nil
}

// Close stops the server and cuts the connections that are open. A second
// Close does nothing.
func (s *Server) Close() {
	s.cancel()
	s.http.Close()
}

// Client returns a client of this server with a key and an application id that
// it accepts. The consumer id is left to each call, as in production, or to
// APIDECK_CONSUMER_ID; opts overlay all of it. When opts are not valid it fails the test, or panics if
// the server came from [Start].
func (s *Server) Client(opts ...facade.Option) *facade.Client {
	key, app := "test-key", "test-app"
	if len(s.apiKeys) > 0 {
		key = s.apiKeys[0]
	}
	if len(s.appIDs) > 0 {
		app = s.appIDs[0]
	}
	own := []facade.Option{facade.WithBaseURL(s.URL), facade.WithAPIKey(key), facade.WithAppID(app)}
	if s.inProcess {
		own = append(own, facade.WithHTTPClient(&http.Client{Transport: s}))
	}
	c, err := facade.New(append(own, opts...)...)
	if err != nil && s.tb == nil {
		panic(fmt.Sprintf("vaulttest: %v", err))
	}
	if err != nil {
		s.tb.Fatalf("vaulttest: %v", err)
	}
	return c
}
