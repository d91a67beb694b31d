//go:build unix

package facade

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// The benchmarks compare a call of this package with the same call written by
// hand on net/http. Their names are read by `make bench`, which runs them round
// after round, so that both sides see the same machine, and prints the ratios.

// handClient is what a careful engineer writes for this one call: a timeout, a
// bounded read, the status and the two values checked, the connection reused.
type handClient struct {
	http   *http.Client
	url    string
	apiKey string
	appID  string
}

func (c *handClient) create(ctx context.Context, consumerID string, session Session) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	body, err := json.Marshal(session)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "hand/1.0")
	req.Header.Set("Authorization", "Bearer "+c.apiKey)
	req.Header.Set("x-apideck-app-id", c.appID)
	req.Header.Set("x-apideck-consumer-id", consumerID)
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %.200s", resp.StatusCode, data)
	}
	var out gen.CreateSessionResponse
	if err := json.Unmarshal(data, &out); err != nil {
		return err
	}
	if out.Data.SessionURI == "" || out.Data.SessionToken == "" {
		return errors.New("no session in the response")
	}
	return nil
}

// caller makes one call.
type caller func(context.Context) error

const referenceJSON = `{
 "consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com",
  "image":"https://www.spacex.com/static/images/share.jpg"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "theme":{"favicon":"https://res.cloudinary.com/apideck/icons/intercom",
  "logo":"https://res.cloudinary.com/apideck/icons/intercom",
  "primary_color":"#286efa","sidepanel_background_color":"#286efa","sidepanel_text_color":"#FFFFFF",
  "vault_name":"Intercom",
  "privacy_url":"https://compliance.apideck.com/privacy-policy",
  "terms_url":"https://www.termsfeed.com/terms-conditions/957c85c1b089ae9e3219c83eff65377e"},
 "custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6","label":"6%"},{"id":"21","label":"21%"}]}}`

// referenceSession is the example of the API's reference.
func referenceSession() (session Session) {
	if err := json.Unmarshal([]byte(referenceJSON), &session); err != nil {
		panic(err)
	}
	return session
}

var benchSession = referenceSession()

// benchResponse has a token like the API's, whose claims have the session in them.
var benchResponse = func() string {
	claims, err := json.Marshal(struct {
		Session
		ConsumerID    string `json:"consumer_id"`
		ApplicationID string `json:"application_id"`
		Exp           int64  `json:"exp"`
	}{benchSession, "test-consumer", "test-app", 1800000000})
	if err != nil {
		panic(err)
	}
	token := "e30." + base64.RawURLEncoding.EncodeToString(claims) + "." + strings.Repeat("s", 43)
	return strings.ReplaceAll(sessionJSON, testToken, token)
}()

// stub is a transport that responds at once.
type stub struct{}

func (stub) RoundTrip(req *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, req.Body)
	req.Body.Close()
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}, "X-Apideck-Request-Id": {"req_1"}},
		Body:          io.NopCloser(strings.NewReader(benchResponse)),
		ContentLength: int64(len(benchResponse)),
		Request:       req,
	}, nil
}

func handCaller(baseURL string, transport http.RoundTripper) caller {
	c := &handClient{&http.Client{Transport: transport}, baseURL + "/vault/sessions", "test-key", "test-app"}
	return func(ctx context.Context) error { return c.create(ctx, "test-consumer", benchSession) }
}

func facadeCaller(b *testing.B, baseURL string, transport http.RoundTripper) caller {
	c, err := New(WithAPIKey("test-key"), WithAppID("test-app"),
		WithBaseURL(baseURL), WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		b.Fatal(err)
	}
	return func(ctx context.Context) error {
		_, err := c.Vault.Sessions.Create(ctx, benchSession, WithConsumerID("test-consumer"))
		return err
	}
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

// cpuTime returns the CPU time that the process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure drives b.N calls. CPU time is that of the process, so it holds on a
// machine that does other things too; a server on loopback is part of it.
func measure(b *testing.B, callers int, call caller) {
	b.ReportAllocs()
	cpu := cpuTime()
	b.ResetTimer()
	drive(b, callers, b.N, call)
	b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
}

func BenchmarkStub(b *testing.B) {
	const base = "https://unify.apideck.com"
	for _, callers := range []int{1, 8, 64, 512} {
		b.Run("callers="+strconv.Itoa(callers), func(b *testing.B) {
			b.Run("client=hand", func(b *testing.B) { measure(b, callers, handCaller(base, stub{})) })
			b.Run("client=facade", func(b *testing.B) { measure(b, callers, facadeCaller(b, base, stub{})) })
		})
	}
}

// BenchmarkNetwork calls a server on the loopback interface. The facade has the
// library's own transport; "tuned" is net/http's with a connection kept for
// every caller, and "default" is net/http's as it is.
func BenchmarkNetwork(b *testing.B) {
	for _, proto := range []string{"http", "tls1", "tls2"} {
		for _, callers := range []int{1, 8, 64, 512} {
			b.Run(fmt.Sprintf("proto=%s/callers=%d", proto, callers), func(b *testing.B) {
				own := newTransport()
				onServer(b, proto, callers, "client=facade", own, func(url string) caller {
					return facadeCaller(b, url, own)
				})
				tuned := http.DefaultTransport.(*http.Transport).Clone()
				tuned.MaxIdleConns, tuned.MaxIdleConnsPerHost = callers, callers
				onServer(b, proto, callers, "client=tuned", tuned, func(url string) caller {
					return handCaller(url, tuned)
				})
				if proto == "tls1" && callers >= 64 { // where it matters
					untuned := http.DefaultTransport.(*http.Transport).Clone()
					onServer(b, proto, callers, "client=default", untuned, func(url string) caller {
						return handCaller(url, untuned)
					})
				}
			})
		}
	}
}

// onServer measures a client against a server of its own, once its pool is
// full, and reports how many connections were opened after that.
func onServer(
	b *testing.B, proto string, callers int, name string, transport *http.Transport, client func(string) caller,
) {
	respond := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, benchResponse)
	})
	config := map[string]*tls.Config{
		"http": nil,
		"tls1": {NextProtos: []string{"http/1.1"}},
		"tls2": {NextProtos: []string{"h2"}},
	}[proto]
	server, opened := newServer(b, config, respond)
	if config != nil {
		transport.TLSClientConfig = trusting(server).TLSClientConfig
	}
	defer transport.CloseIdleConnections()
	call := client(server.URL)
	for n := 1; n <= callers; n *= 8 { // not all at once: 512 handshakes take their time
		drive(b, n, 4*n, call)
	}
	b.Run(name, func(b *testing.B) {
		before := opened.Load()
		measure(b, callers, call)
		b.ReportMetric(float64(opened.Load()-before), "conns")
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(WithAPIKey("test-key"), WithAppID("test-app")); err != nil {
			b.Fatal(err)
		}
	}
}
