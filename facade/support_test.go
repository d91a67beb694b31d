package facade_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

const (
	testKey      = "key-canary-7f3a"
	testApp      = "dSBdXd2H6Mqwfg0atXHXYcysLJE9qyn1VwBtXHX"
	testConsumer = "test-consumer"
	sessionJSON  = `{"status_code":200,"status":"OK","data":{"session_uri":"https://vault.apideck.com/session/tok","session_token":"tok"}}`
)

// captured is a request as it crossed the wire.
type captured struct {
	Method string
	Path   string
	Header http.Header
	Body   string
}

// serve starts an HTTP server that gives every request the same answer, and
// returns a client of it and the requests it gets.
func serve(t *testing.T, status int, header http.Header, body string, opts ...facade.Option) (*facade.Client, chan captured) {
	t.Helper()
	requests := make(chan captured, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- captured{r.Method, r.URL.EscapedPath(), r.Header.Clone(), string(sent)}
		for key, values := range header {
			w.Header()[key] = values
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return newClient(t, append([]facade.Option{facade.WithBaseURL(server.URL)}, opts...)...), requests
}

func newClient(t *testing.T, opts ...facade.Option) *facade.Client {
	t.Helper()
	client, err := facade.New(append([]facade.Option{
		facade.WithAPIKey(testKey),
		facade.WithAppID(testApp),
		facade.WithConsumerID(testConsumer),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// sameJSON fails the test unless both texts hold the same JSON value.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.NewDecoder(strings.NewReader(got)).Decode(&g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.NewDecoder(strings.NewReader(want)).Decode(&w); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer returns a response as a transport would.
func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}
