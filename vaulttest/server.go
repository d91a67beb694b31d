package vaulttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
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

// Option is a setting of a [Server].
type Option func(*Server)

// Server is a stand-in Vault API. It is safe for concurrent use.
type Server struct {
	URL string // its base URL, such as "http://127.0.0.1:40123"

	tb     TB // nil for a server of Start
	key    []byte
	http   *http.Server
	cancel context.CancelFunc // ends replies that are being delayed

	mu       sync.Mutex
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
		if n := len(s.script); n > 0 {
			tb.Errorf("vaulttest: %d scripted replies were not used", n)
		}
	})
	return s
}

// Start starts a server for a program. Close it when done.
func Start(opts ...Option) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{URL: "http://" + listener.Addr().String(), key: make([]byte, 32), cancel: cancel}
	rand.Read(s.key)
	for _, o := range opts {
		o(s)
	}
	s.http = &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
	}
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
// it accepts. The consumer id is left to each call, as in production; opts
// overlay all of it. When opts are not valid it fails the test, or panics if
// the server came from [Start].
func (s *Server) Client(opts ...facade.Option) *facade.Client {
	own := []facade.Option{
		facade.WithBaseURL(s.URL),
		facade.WithAPIKey("test-key"),
		facade.WithAppID("test-app"),
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

// Request is a request that arrived, whatever became of it.
type Request struct {
	Method string
	Path   string
	Header http.Header // with the API key masked
	Body   []byte
}

// Requests returns the requests that arrived so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers one request: by the next scripted reply if there is one.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	reply, scripted, id := s.record(r, body)
	w.Header().Set("x-apideck-request-id", id)
	if scripted && reply.play(w, r) {
		return
	}
	if err != nil {
		writeProblem(w, badRequest("the body cannot be read: "+err.Error()))
		return
	}
	session, problem := s.check(r, body)
	if problem != nil {
		writeProblem(w, problem)
		return
	}
	s.create(w, r, session)
}

// record notes the request and takes the next scripted reply.
func (s *Server) record(r *http.Request, body []byte) (reply Reply, scripted bool, id string) {
	header := r.Header.Clone()
	if scheme, _, ok := strings.Cut(header.Get("Authorization"), " "); ok {
		header.Set("Authorization", scheme+" ***")
	} else if header.Get("Authorization") != "" {
		header.Set("Authorization", "***")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Header: header, Body: body})
	if scripted = len(s.script) > 0; scripted {
		reply, s.script = s.script[0], s.script[1:]
	}
	return reply, scripted, fmt.Sprintf("req_%d", len(s.requests))
}
