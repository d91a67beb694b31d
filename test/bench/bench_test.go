//go:build unix

//go:debug x509usefallbackroots=1

// Package bench compares a call of the SDK with the same call written by hand on
// net/http, with SDKs of well-known APIs, and with general-purpose clients that
// retry. `make bench` and `make bench-peers` run the benchmarks by their names, turn
// after turn, so that all clients see the same machine.
package bench

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/gen"
	"github.com/go-resty/resty/v2"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stripe/stripe-go/v84"
)

var session = facade.Session{
	ConsumerMetadata: facade.ConsumerMetadata{AccountName: "SpaceX", UserName: "Elon Musk", Email: "elon@musk.com"},
	RedirectURI:      "https://mysaas.com/dashboard",
	Settings:         facade.Settings{UnifiedAPIs: []facade.UnifiedAPI{facade.UnifiedAPICRM}, SessionLength: "30m"},
	Theme:            facade.Theme{VaultName: "Intercom", PrimaryColor: "#286efa"},
	CustomConsumerSettings: map[string]any{
		"feature_flag_1": true,
		"tax_rates":      []any{map[string]any{"id": "6", "label": "6%"}, map[string]any{"id": "21", "label": "21%"}},
	},
}

const (
	key, app, consumer = "test-key", "test-app", "test-consumer"
	path               = "/vault/sessions"
)

// response has a token like the API's, whose claims include the session.
var response = func() string {
	claims, err := json.Marshal(struct {
		facade.Session
		ConsumerID    string `json:"consumer_id"`
		ApplicationID string `json:"application_id"`
		Exp           int64  `json:"exp"`
	}{session, consumer, app, 1800000000})
	if err != nil {
		panic(err)
	}

	token := "e30." + base64.RawURLEncoding.EncodeToString(claims) + "." + strings.Repeat("s", 43)
	return `{"status_code":200,"status":"OK","data":{"session_uri":"https://vault.apideck.com/session/` + token +
		`","session_token":"` + token + `"}}`
}()

// headers are what the API requires in addition to the key.
var headers = map[string]string{
	"x-apideck-app-id":      app,
	"x-apideck-consumer-id": consumer,
	"Accept":                "application/json",
	"Content-Type":          "application/json",
}

// usable returns an error if got has no session.
func usable(got gen.CreateSessionResponse) error {
	if got.Data.SessionURI == "" || got.Data.SessionToken == "" {
		return errors.New("no session in the response")
	}
	return nil
}

func decode(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.200s", resp.Status, body)
	}

	var got gen.CreateSessionResponse
	err = json.Unmarshal(body, &got)
	return errors.Join(err, usable(got))
}

func newRequest(ctx context.Context, url string) (*http.Request, error) {
	body, err := json.Marshal(session)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}

	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("User-Agent", "hand/1.0")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	return req, nil
}

// caller makes one call.
type caller func(context.Context) error

// byHand is what a careful engineer writes for this one call: a timeout, a bounded
// read, the status and the two values checked.
func byHand(url string, transport http.RoundTripper) caller {
	client := &http.Client{Transport: transport}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		req, err := newRequest(ctx, url)
		if err != nil {
			return err
		}
		return decode(client.Do(req))
	}
}

func byFacade(b *testing.B, url string, opts ...facade.Option) caller {
	opts = append(opts, facade.WithAPIKey(key), facade.WithAppID(app), facade.WithBaseURL(url))
	c, err := facade.New(opts...)
	if err != nil {
		b.Fatal(err)
	}
	return func(ctx context.Context) error {
		_, err := c.Vault.Sessions.Create(ctx, session, facade.WithConsumerID(consumer))
		return err
	}
}

// peers are the clients of BenchmarkPeers, each with its defaults.
var peers = []struct {
	name string
	make func(b *testing.B, url string) caller
}{
	{"facade", func(b *testing.B, url string) caller { return byFacade(b, url) }},
	{"net-http", func(_ *testing.B, url string) caller {
		return byHand(url, http.DefaultTransport.(*http.Transport).Clone())
	}},
	{"retryablehttp", func(_ *testing.B, url string) caller {
		c := retryablehttp.NewClient()
		c.Logger = nil
		return func(ctx context.Context) error {
			plain, err := newRequest(ctx, url)
			if err != nil {
				return err
			}
			req, err := retryablehttp.FromRequest(plain)
			if err != nil {
				return err
			}
			return decode(c.Do(req))
		}
	}},
	{"resty", func(_ *testing.B, url string) caller {
		c := resty.New().SetBaseURL(url).SetAuthToken(key).SetRetryCount(2)
		return func(ctx context.Context) error {
			var got gen.CreateSessionResponse
			_, err := c.R().SetContext(ctx).SetHeaders(headers).SetBody(session).SetResult(&got).Post(path)
			return errors.Join(err, usable(got))
		}
	}},
	{"openai-go", func(_ *testing.B, url string) caller {
		opts := []option.RequestOption{option.WithAPIKey(key), option.WithBaseURL(url)}
		for name, value := range headers {
			opts = append(opts, option.WithHeader(name, value))
		}
		c := openai.NewClient(opts...)
		return func(ctx context.Context) error {
			var got gen.CreateSessionResponse
			err := c.Post(ctx, strings.TrimPrefix(path, "/"), session, &got)
			return errors.Join(err, usable(got))
		}
	}},
	{"stripe-go", func(_ *testing.B, url string) caller {
		backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
			URL:             stripe.String(url),
			LeveledLogger:   &stripe.LeveledLogger{Level: stripe.LevelNull},
			EnableTelemetry: stripe.Bool(false),
		}).(stripe.RawRequestBackend)
		return func(ctx context.Context) error {
			body, err := json.Marshal(session)
			if err != nil {
				return err
			}
			params := &stripe.RawParams{Params: stripe.Params{Context: ctx, Headers: http.Header{}}}
			for name, value := range headers {
				params.Headers.Set(name, value)
			}
			// Requests below /v2 are JSON, others are forms.
			resp, err := backend.RawRequest(http.MethodPost, "/v2"+path, key, string(body), params)
			if err != nil {
				return err
			}
			var got gen.CreateSessionResponse
			err = json.Unmarshal(resp.RawJSON, &got)
			return errors.Join(err, usable(got))
		}
	}},
}

// stub is a transport that responds at once.
type stub struct{}

func (stub) RoundTrip(req *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, req.Body)
	req.Body.Close()
	recorder := httptest.NewRecorder()
	respond(recorder, req)
	return recorder.Result(), nil
}

func respond(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, response)
}

// protocols are how a server speaks.
var protocols = map[string]*tls.Config{
	"http": nil,
	"tls1": {NextProtos: []string{"http/1.1"}},
	"tls2": {NextProtos: []string{"h2"}},
}

// trust makes the certificate of httptest's servers a root, as
// x509usefallbackroots=1 allows.
var trust sync.Once

func newServer(b *testing.B, protocol string) string {
	server := httptest.NewUnstartedServer(http.HandlerFunc(respond))
	b.Cleanup(server.Close)
	if protocols[protocol] == nil {
		server.Start()
		return server.URL
	}

	server.TLS = protocols[protocol].Clone()
	server.EnableHTTP2 = true
	server.StartTLS()
	trust.Do(func() {
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		x509.SetFallbackRoots(roots)
	})
	return server.URL
}

// cpuTime returns the CPU time of the process, which includes the server.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// drive makes the given number of calls from the given number of goroutines.
func drive(b *testing.B, callers, calls int, call caller) {
	var left atomic.Int64
	left.Store(int64(calls))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// measure runs a benchmark of a client, once its connections are open.
func measure(b *testing.B, name string, callers int, newCaller func(*testing.B) caller) {
	b.Run(name, func(b *testing.B) {
		call := newCaller(b)
		for n := 1; n <= callers; n *= 8 { // not all at once: 512 handshakes take their time
			drive(b, n, 4*n, call)
		}

		b.ReportAllocs()
		cpu := cpuTime()
		b.ResetTimer()
		drive(b, callers, b.N, call)
		b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
	})
}

func BenchmarkStub(b *testing.B) {
	const url = "https://unify.apideck.com"
	measure(b, "client=hand", 1, func(*testing.B) caller { return byHand(url, stub{}) })
	measure(b, "client=facade", 1, func(b *testing.B) caller {
		return byFacade(b, url, facade.WithHTTPClient(&http.Client{Transport: stub{}}))
	})
}

// BenchmarkNetwork calls a server on the loopback interface. "tuned" is net/http's
// transport with an idle connection for each caller.
func BenchmarkNetwork(b *testing.B) {
	for protocol := range protocols {
		for _, callers := range []int{1, 64, 512} {
			name := fmt.Sprintf("proto=%s/callers=%d/client=", protocol, callers)
			measure(b, name+"facade", callers, func(b *testing.B) caller {
				return byFacade(b, newServer(b, protocol))
			})
			measure(b, name+"tuned", callers, func(b *testing.B) caller {
				tuned := http.DefaultTransport.(*http.Transport).Clone()
				tuned.MaxIdleConns, tuned.MaxIdleConnsPerHost = callers, callers
				return byHand(newServer(b, protocol), tuned)
			})
		}
	}
}

func BenchmarkPeers(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, peer := range peers {
			name := fmt.Sprintf("callers=%d/client=%s", callers, peer.name)
			measure(b, name, callers, func(b *testing.B) caller {
				return peer.make(b, newServer(b, "http"))
			})
		}
	}
}
