//go:build linux

package infra

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/apideck-community/vault-go/facade"
	"github.com/hashicorp/go-retryablehttp"
)

// client creates sessions.
type client struct {
	create    func(context.Context) error
	closeIdle func()
}

// clients are the clients to compare.
var clients = []struct {
	name string
	new  func(*lab) client
}{
	{name: "vault-go", new: vaultGo},
	{name: "net/http", new: netHTTP},
	{name: "go-retryablehttp", new: retryableHTTP},
}

func vaultGo(l *lab) client {
	options := []facade.Option{
		facade.WithBaseURL(l.url),
		facade.WithAPIKey("key"),
		facade.WithAppID("app"),
		facade.WithConsumerID("consumer"),
		facade.WithTimeout(l.attemptTimeout),
		facade.WithMiddleware(l.counted),
	}
	if l.proxy != "" {
		options = append(options, facade.WithHTTPClient(&http.Client{Transport: l.transport()}))
	}

	vault := must(facade.New(options...))
	create := func(ctx context.Context) error {
		resp, err := vault.Vault.Sessions.Create(ctx, facade.Session{})
		if err == nil && resp.Attempts > 1 {
			l.rescued.Add(1)
		}
		return err
	}
	return client{create, vault.CloseIdleConnections}
}

func netHTTP(l *lab) client {
	transport := l.transport()
	c := &http.Client{Transport: l.counted(transport), Timeout: l.attemptTimeout}
	return client{byHand(l, c), transport.CloseIdleConnections}
}

func retryableHTTP(l *lab) client {
	c := retryablehttp.NewClient()
	transport := c.HTTPClient.Transport.(*http.Transport)
	transport.Proxy = l.transport().Proxy
	c.Logger = nil
	c.HTTPClient.Timeout = l.attemptTimeout
	c.HTTPClient.Transport = l.counted(transport)
	return client{byHand(l, c.StandardClient()), transport.CloseIdleConnections}
}

// byHand makes the call without the library.
func byHand(l *lab, doer *http.Client) (create func(context.Context) error) {
	return func(ctx context.Context) error {
		url := l.url + "/vault/sessions"
		req := must(http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("{}")))
		req.Header = http.Header{
			"Authorization":         {"Bearer key"},
			"X-Apideck-App-Id":      {"app"},
			"X-Apideck-Consumer-Id": {"consumer"},
			"Content-Type":          {"application/json"},
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

// counter counts attempts.
type counter struct {
	next http.RoundTripper
	lab  *lab
}

func (l *lab) counted(next http.RoundTripper) http.RoundTripper { return counter{next, l} }

func (c counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.lab.attempts.Add(1)
	var used atomic.Bool
	trace := httptrace.ClientTrace{
		GotConn: func(conn httptrace.GotConnInfo) { used.Store(conn.Reused) },
	}

	resp, err := c.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &trace)))
	if err != nil && used.Load() {
		c.lab.lostConns.Add(1)
	}
	return resp, err
}
