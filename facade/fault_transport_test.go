package facade_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestWithLogger_SaysWhyItRetriesAndCutsTheRequestID(t *testing.T) { // row 80
	t.Parallel()
	id := strings.Repeat("r", 200<<10)
	for name, test := range map[string]struct {
		via transport
		why string
	}{
		"row 80 a long request id": {always(503, `{"message":"busy"}`, "x-apideck-request-id", id), "503 .*: busy"},
		"a connection error": {func(*http.Request) (*http.Response, error) {
			return nil, errors.New("wire cut")
		}, "wire cut"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				handler := slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
				err := create(t, sdk(t, test.via.option(), facade.WithLogger(slog.New(handler))))
				if e, ok := err.(*apierrors.APIError); ok && e.RequestID != id || len(err.Error()) > 512 {
					t.Errorf("the error does not keep the id, or shows all of it: %.600v", err)
				}
				warnings := 0
				for dec := json.NewDecoder(&log); dec.More(); {
					var record struct {
						Level     string
						Error     string
						RequestID string `json:"request_id"`
					}
					if err := dec.Decode(&record); err != nil {
						t.Fatal(err)
					}
					if len(record.RequestID) > 100 {
						t.Errorf("a request id of %d bytes is logged", len(record.RequestID))
					}
					if record.Level == "WARN" {
						warnings++
						if wantText(t, record.Error, test.why); len(record.Error) > 512 {
							t.Errorf("an error of %d bytes is logged", len(record.Error))
						}
					}
				}
				if warnings != 2 {
					t.Errorf("%d warnings, want 2", warnings)
				}
			})
		})
	}
}

func TestWithHTTPClient_EachAttemptStartsFromAFreshRequest(t *testing.T) { // row 81
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first, firstBody string
		sent := 0
		err := create(t, sdk(t, transport(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			sees := fmt.Sprint(r.Method, r.URL, r.Host, r.Header, r.ContentLength)
			if sent++; sent == 1 {
				first, firstBody = sees, string(body)
			} else if sees != first || string(body) != firstBody {
				t.Errorf("attempt %d\n%s\nis not the first\n%s", sent, sees, first)
			}
			r.Header.Add("X-Trace", "1")
			r.Header["X-Apideck-App-Id"][0] = "another"
			r.Header.Del("Authorization")
			r.URL.Path, r.URL.Host = "/", "other.test"
			r.Method, r.Host, r.Body, r.GetBody, r.ContentLength = "GET", "", nil, nil, 0
			return response(503, ""), nil
		}).option(), facade.WithBaseURL("https://unify.example.com")))
		wantError(t, err, 3, "503")
	})
}

// brokenTransport returns neither a response nor an error.
type brokenTransport struct{}

func (*brokenTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestWithHTTPClient_NamesATransportThatReturnsNothing(t *testing.T) { // row 82
	t.Parallel()
	err := create(t, sdk(t, facade.WithHTTPClient(&http.Client{Transport: new(brokenTransport)})))
	wantError(t, err, 1, `\*facade_test\.brokenTransport returned neither a response nor an error`)
	if _, ok := err.(*apierrors.TransportError); !ok {
		t.Errorf("%T", err)
	}
}

func TestWithHTTPClient_TakesAResponseWithoutABody(t *testing.T) {
	t.Parallel()
	err := create(t, sdk(t, noRetry(), transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 503}, nil
	}).option()))
	wantError(t, err, 1, "503 Service Unavailable")
}

// Not parallel: it replaces a global of net/http.
func TestWithHTTPClient_SeesADefaultTransportThatIsReplacedLater(t *testing.T) {
	c := sdk(t, facade.WithHTTPClient(&http.Client{}), facade.WithBaseURL("http://127.0.0.1:1"), noRetry())
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = always(200, validSession)
	if err := create(t, c); err != nil {
		t.Error(err)
	}
}

func TestSessionsCreate_ReturnsAnErrorForANilOrZeroClient(t *testing.T) { // row 83
	t.Parallel()
	for name, c := range map[string]*facade.Client{
		"nil": nil, "zero": {}, "zero Vault": {Vault: &facade.Vault{}},
		"zero Sessions": {Vault: &facade.Vault{Sessions: &facade.Sessions{}}},
	} {
		t.Run("row 83 "+name, func(t *testing.T) {
			wantText(t, reasons(t, create(t, c))["Client"], "New")
			c.CloseIdleConnections()
		})
	}
	_, err := (*facade.Sessions)(nil).Create(t.Context(), facade.Session{})
	wantText(t, reasons(t, err)["Client"], "New")
	var none context.Context
	_, err = sdk(t).Vault.Sessions.Create(none, facade.Session{})
	wantText(t, reasons(t, err)["ctx"], "nil")
}
