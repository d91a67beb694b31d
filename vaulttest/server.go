package vaulttest

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// TB is the part of [testing.TB] that [NewServer] needs. If it also has a Helper
// method, failures are reported at the test's line.
type TB interface {
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is a stand-in Vault API. It is safe for concurrent use. It is also an
// [http.Handler], for a program with its own listener, and an
// [http.RoundTripper], for a client without a network.
type Server struct {
	URL string // base URL, such as "http://127.0.0.1:40123"; session URIs start with it unless WithPublicURL is used

	apiKeys, appIDs []string // none accepts any
	latency         time.Duration
	now             func() time.Time
	faults          func() Reply
	publicURL       string
	signingKey      []byte

	tb          TB // nil if created by Start
	http        *http.Server
	listener    net.Listener // nil in process
	pages       *hosted.Pages
	pageHandler http.Handler

	open  context.Context // until Close
	close context.CancelFunc

	mu       sync.Mutex
	arrived  int        // how many requests
	requests []*Request // the last of them
	stored   int        // their size in bytes
	script   []Reply    // with Times other than 0
}

// NewServer starts a server and closes it when the test ends. The test fails if
// the options are not valid, or if scripted replies are left over, which the failure
// lists.
func NewServer(tb TB, opts ...Option) *Server {
	if t, ok := tb.(helper); ok {
		t.Helper()
	}
	s, err := Start(opts...)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
		return nil // in case tb.Fatalf returns
	}

	s.tb = tb
	tb.Cleanup(func() {
		if t, ok := tb.(helper); ok {
			t.Helper()
		}

		s.Close()

		var unused []string
		for _, reply := range s.Replies() {
			if reply.Times > 0 {
				unused = append(unused, fmt.Sprintf("%d × %s", reply.Times, reply.name()))
			}
		}
		if unused != nil {
			tb.Errorf("vaulttest: unused scripted replies: %s", strings.Join(unused, ", "))
		}
	})
	return s
}

type helper interface{ Helper() }

// Start starts a server outside a test. The caller must call [Server.Close]. It
// returns an error if the options are not valid or the server cannot listen.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		now:        time.Now,
		faults:     func() Reply { return Reply{} },
		signingKey: []byte(rand.Text()),
	}
	s.open, s.close = context.WithCancel(context.Background())
	s.open.Done() // creates its channel here, not in one of several synctest bubbles

	for _, o := range opts {
		o(s)
	}
	if s.publicURL != "" && !isOrigin(s.publicURL) {
		return nil, fmt.Errorf(
			"WithPublicURL: %q must be an http or https URL with a host and no path", s.publicURL)
	}

	s.pages = &hosted.Pages{
		APIs:     slices.Sorted(slices.Values(everyUnifiedAPI)),
		Actions:  everyAction,
		Defaults: settingDefaults,
		Verify:   s.verify,
		Sign:     s.signature,
		Now:      s.now,
	}
	s.pageHandler = s.pages.Handler()
	s.http = &http.Server{Handler: s}

	if s.URL != "" { // InProcess
		s.URL = cmp.Or(s.publicURL, s.URL)
		return s, nil
	}

	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.URL = "http://" + s.listener.Addr().String()
	go s.http.Serve(s.listener)
	return s, nil
}

// isOrigin reports whether s is an http or https URL with a host and nothing else.
func isOrigin(s string) bool {
	host := hosted.WebHost(s)
	return host != "" && (s == "http://"+host || s == "https://"+host)
}

// Close stops the server and closes its connections. Calling it again does
// nothing.
func (s *Server) Close() {
	s.close()
	if s.listener != nil {
		s.listener.Close() // s.http does not know the listener until Serve runs
	}
	s.http.Close()
}

// Reset forgets all requests, scripted replies and connections. Sessions stay
// valid.
func (s *Server) Reset() {
	s.mu.Lock()
	s.requests = nil
	s.stored = 0
	s.script = nil
	s.mu.Unlock()
	s.pages.Store.Reset()
}

// Client returns a client of this server, with an API key and an application id
// that it accepts. It does not use the environment: no APIDECK_ variable changes
// what a test does. Pass the consumer id with each call, as in production. The
// given opts override these defaults. If they are not valid, Client fails the
// test, or panics if the server was created by [Start].
func (s *Server) Client(opts ...facade.Option) *facade.Client {
	if t, ok := s.tb.(helper); ok {
		t.Helper()
	}

	own := []facade.Option{
		facade.WithAPIKey(slices.Concat(s.apiKeys, []string{"test-key"})[0]),
		facade.WithAppID(slices.Concat(s.appIDs, []string{"test-app"})[0]),
		facade.WithBaseURL(s.URL),
		facade.WithInsecureHTTP(), // so that APIDECK_INSECURE_HTTP has no effect
	}
	if s.listener == nil {
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
