package infra

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/apideck-community/vault-go/facade"
	"github.com/hashicorp/go-retryablehttp"
)

// clients are the clients to compare. new returns functions that create a session
// and close idle connections.
var clients = []struct {
	name string
	new  func(*lab) (create func(context.Context) error, closeIdle func())
}{{"vault-go", vaultGo}, {"net/http", netHTTP}, {"go-retryablehttp", retryableHTTP}}

func vaultGo(l *lab) (create func(context.Context) error, closeIdle func()) {
	options := []facade.Option{
		facade.WithBaseURL(l.url), facade.WithAPIKey("key"), facade.WithAppID("app"), facade.WithConsumerID("consumer"),
		facade.WithTimeout(l.timeout), facade.WithMiddleware(l.countAttempts),
	}
	if l.proxy != "" {
		options = append(options, facade.WithHTTPClient(&http.Client{Transport: l.transport()}))
	}
	vault := must(facade.New(options...))
	return func(ctx context.Context) error {
		resp, err := vault.Vault.Sessions.Create(ctx, facade.Session{})
		if err == nil && resp.Attempts > 1 {
			l.rescued.Add(1)
		}
		return err
	}, vault.CloseIdleConnections
}

func netHTTP(l *lab) (create func(context.Context) error, closeIdle func()) {
	transport := l.transport()
	c := &http.Client{Transport: l.countAttempts(transport), Timeout: l.timeout}
	return byHand(l, c), transport.CloseIdleConnections
}

func retryableHTTP(l *lab) (create func(context.Context) error, closeIdle func()) {
	c := retryablehttp.NewClient()
	transport := c.HTTPClient.Transport.(*http.Transport)
	transport.Proxy = l.transport().Proxy
	c.Logger, c.HTTPClient.Timeout, c.HTTPClient.Transport = nil, l.timeout, l.countAttempts(transport)
	return byHand(l, c.StandardClient()), transport.CloseIdleConnections
}

// byHand makes the call without the library.
func byHand(l *lab, doer *http.Client) (create func(context.Context) error) {
	return func(ctx context.Context) error {
		req := must(http.NewRequestWithContext(ctx, "POST", l.url+"/vault/sessions", strings.NewReader("{}")))
		req.Header = http.Header{
			"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
			"Content-Type": {"application/json"},
		}
		resp, err := doer.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}

// transport returns a copy of net/http's default one, with the lab's proxy if any.
func (l *lab) transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if l.proxy != "" {
		transport.Proxy = http.ProxyURL(must(url.Parse(l.proxy)))
	}
	return transport
}

func (l *lab) countAttempts(next http.RoundTripper) http.RoundTripper {
	return counter{next, &l.attempts}
}

type counter struct {
	http.RoundTripper
	attempts *atomic.Int64
}

func (c counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.attempts.Add(1)
	return c.RoundTripper.RoundTrip(req)
}
