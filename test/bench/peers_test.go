//go:build unix

// Package bench benchmarks the SDK against other clients: SDKs of well-known APIs,
// and general-purpose clients with retries. Each uses its own defaults, makes the
// same POST with the same JSON and headers, and decodes the session.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
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
}

var response = func() string {
	token := strings.Repeat("eyJjb25zdW1l", 90)
	return `{"status_code":200,"status":"OK","data":{"session_uri":"https://vault.apideck.com/session/` + token +
		`","session_token":"` + token + `"}}`
}()

const (
	key, app, consumer = "test-key", "test-app", "test-consumer"
	path               = "/vault/sessions"
)

// headers are what the API requires in addition to the key.
var headers = map[string]string{
	"x-apideck-app-id": app, "x-apideck-consumer-id": consumer,
	"Accept": "application/json", "Content-Type": "application/json",
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
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	var got gen.CreateSessionResponse
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	return errors.Join(err, usable(got))
}

type caller func(context.Context) error

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
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	return req, nil
}

var clients = []struct {
	name string
	make func(b *testing.B, url string) caller
}{
	{"facade", func(b *testing.B, url string) caller {
		c, err := facade.New(facade.WithAPIKey(key), facade.WithAppID(app), facade.WithBaseURL(url))
		if err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) error {
			got, err := c.Vault.Sessions.Create(ctx, session, facade.WithConsumerID(consumer))
			if err != nil {
				return err
			}
			return usable(got.CreateSessionResponse)
		}
	}},
	{"net-http", func(_ *testing.B, url string) caller {
		c := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
		return func(ctx context.Context) error {
			req, err := newRequest(ctx, url)
			if err != nil {
				return err
			}
			return decode(c.Do(req))
		}
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

func newServer(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if h := r.Header; err != nil || !json.Valid(body) ||
			h.Get("Authorization") != "Bearer "+key || h.Get("x-apideck-consumer-id") != consumer {
			http.Error(w, "unexpected request", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, response)
	}))
	b.Cleanup(server.Close)
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

func BenchmarkPeers(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, client := range clients {
			call := client.make(b, newServer(b))
			b.Run("callers="+strconv.Itoa(callers)+"/client="+client.name, func(b *testing.B) {
				b.ReportAllocs()
				cpu := cpuTime()
				var left atomic.Int64
				left.Store(int64(b.N))
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
				b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
