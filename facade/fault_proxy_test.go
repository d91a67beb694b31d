package facade_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

const inProxyChild = "VAULT_GO_TEST_PROXY_CHILD"

func TestSessionsCreate_NamesTheProxyThatRefusesTheConnection(t *testing.T) { // rows 70 and 77
	if os.Getenv(inProxyChild) != "" {
		callThroughProxy(t) // the default pool, with the proxy from the environment
		return
	}
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if auth := r.Header.Get("Authorization"); r.Method != http.MethodConnect || auth != "" {
			t.Errorf("the proxy sees %s with the key %q", r.Method, auth)
		}
		status, err := strconv.Atoi(strings.TrimSuffix(r.Host, ".example.com:443"))
		if err != nil {
			panic(http.ErrAbortHandler) // the proxy dies
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(proxy.Close)
	t.Run("WithHTTPClient", func(t *testing.T) {
		proxyURL, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		callThroughProxy(t, facade.WithHTTPClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxyURL)}}))
	})
	t.Run("default pool", func(t *testing.T) {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$")
		child.Env = append(os.Environ(), inProxyChild+"=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func callThroughProxy(t *testing.T, opts ...facade.Option) {
	for _, test := range []struct {
		host     string
		attempts int
		says     string
	}{
		{"403", 1, "the proxy refused the connection: 403 Forbidden"},
		{"407", 1, "proxy.*407"},
		{"502", 3, "proxy.*502 Bad Gateway"},
		{"503", 3, "proxy.*503 Service Unavailable"},
		{"dies", 3, "EOF"},
	} {
		t.Run(fmt.Sprint("row 77 ", test.host), func(t *testing.T) {
			c := sdk(t, append(opts, facade.WithBaseURL("https://"+test.host+".example.com"))...)
			wantError(t, create(t, c), test.attempts, test.says)
		})
	}
}
