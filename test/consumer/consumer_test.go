// Package consumer uses every stable public name of the library once, from another
// module. It stops compiling when a name or a type changes.
package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest"
)

var _ = map[string]string{
	facade.EnvAPIKey:       "APIDECK_API_KEY",
	facade.EnvAppID:        "APIDECK_APP_ID",
	facade.EnvBaseURL:      "APIDECK_BASE_URL",
	facade.EnvInsecureHTTP: "APIDECK_INSECURE_HTTP",
}

func options(base string) []facade.Option {
	var retries facade.RetryConfig = facade.DefaultRetryConfig()
	retries.MaxAttempts = 2
	retries.InitialInterval = time.Millisecond
	retries.MaxInterval = time.Second
	retries.Exponent = 1.5
	retries.MaxElapsedTime = time.Minute
	retries.RetryConnectionErrors = true
	retries.StatusCodes = []int{http.StatusServiceUnavailable}
	return []facade.Option{
		facade.WithAPIKey("key"),
		facade.WithAPIKeyFunc(func(context.Context) (string, error) { return "key", nil }),
		facade.WithAppID("app"),
		facade.WithConsumerID("consumer"),
		facade.WithBaseURL(base),
		facade.WithInsecureHTTP(),
		facade.WithHTTPClient(&http.Client{}),
		facade.WithTimeout(time.Second),
		facade.WithRetries(retries),
		facade.WithHeader("X-Trace", "1"),
		facade.WithUserAgent("consumer/1"),
		facade.WithLogger(slog.New(slog.DiscardHandler)),
		facade.WithMiddleware(func(next http.RoundTripper) http.RoundTripper { return next }),
	}
}

var session = facade.Session{
	ConsumerMetadata: facade.ConsumerMetadata{AccountName: "a", UserName: "u", Email: "e", Image: "i"},
	RedirectURI:      "https://example.com",
	Settings: facade.Settings{
		UnifiedAPIs:          []facade.UnifiedAPI{facade.UnifiedAPICRM, facade.UnifiedAPIHRIS},
		HideResourceSettings: new(true),
		SandboxMode:          new(true),
		IsolationMode:        new(false),
		SessionLength:        facade.SessionLength(30 * time.Minute),
		ShowLogs:             new(false),
		ShowSuggestions:      new(true),
		ShowSidebar:          new(false),
		AutoRedirect:         new(true),
		HideGuides:           new(true),
		AllowActions: []facade.Action{
			facade.ActionDelete, facade.ActionDisconnect, facade.ActionReauthorize, facade.ActionDisable,
		},
	},
	Theme: facade.Theme{
		Favicon: "f", Logo: "l", PrimaryColor: "#000", SidepanelBackgroundColor: "#000", SidepanelTextColor: "#fff",
		VaultName: "v", PrivacyURL: "p", TermsURL: "t",
	},
	CustomConsumerSettings: map[string]any{"a": 1},
}

func TestClient_CreatesASession(t *testing.T) {
	server := vaulttest.NewServer(t)
	server.Enqueue(vaulttest.Reply{Drop: true},
		vaulttest.Reply{Status: 503, Header: http.Header{"Retry-After": {"0"}}, Body: "{}", Delay: time.Millisecond})
	var client *facade.Client
	client, err := facade.New(options(server.URL)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	var vault *facade.Vault = client.Vault
	var sessions *facade.Sessions = vault.Sessions
	_, err = sessions.Create(t.Context(), session, facade.WithConsumerID("other"))
	if !errors.Is(err, apierrors.ErrServer) {
		t.Errorf("error is %v", err)
	}
	resp, err := facade.CreateSession(t.Context(), client, session, facade.WithTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var raw gen.CreateSessionResponse = resp.CreateSessionResponse
	var (
		_, _       int            = raw.StatusCode, resp.Attempts
		_, _       string         = raw.Status, resp.RequestID
		uri, token string         = resp.Data.SessionURI, resp.Data.SessionToken
		_          map[string]any = raw.Raw
		_          http.Header    = resp.Header
	)
	link, err := resp.IntegrationURI(facade.UnifiedAPICRM, "salesforce")
	if expires, ok := resp.ExpiresAt(); !ok || expires.IsZero() || err != nil || !strings.Contains(link, token) {
		t.Errorf("%q, %q, %v, %v", uri, link, expires, err)
	}
	var arrived []vaulttest.Request = server.Requests()
	r := arrived[len(arrived)-1]
	if len(arrived) != 3 || r.Method+r.Path != "POST/vault/sessions" || len(r.Body)*len(r.Header) == 0 {
		t.Errorf("%d requests, the last is %v", len(arrived), r)
	}
}

func TestStart_ServesAClient(t *testing.T) {
	server, err := vaulttest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client := server.Client(facade.WithConsumerID("consumer"))
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Error(err)
	}
}

func TestErrors_HaveTheirSentinelsAndFields(t *testing.T) {
	for status, sentinel := range map[int]error{
		400: apierrors.ErrBadRequest, 401: apierrors.ErrUnauthorized, 402: apierrors.ErrPaymentRequired,
		404: apierrors.ErrNotFound, 422: apierrors.ErrUnprocessable,
		429: apierrors.ErrRateLimited, 500: apierrors.ErrServer,
	} {
		if !errors.Is(&apierrors.APIError{StatusCode: status}, sentinel) {
			t.Errorf("%d is not %v", status, sentinel)
		}
	}
	var (
		downstream = []apierrors.DownstreamError{{Message: "m", Detail: "d", Code: "c"}}
		api        = &apierrors.APIError{DownstreamErrors: downstream}
		transport  = new(apierrors.TransportError)
		invalid    = new(apierrors.InvalidResponseError)
		validation = apierrors.ValidationError{Field: "f", Reason: "r"}

		_       []error          = []error{api, transport, invalid, &validation}
		_, _    int              = api.StatusCode, api.Attempts
		_, _, _ string           = api.Title, api.TypeName, api.Message
		_, _    string           = api.Ref, api.RequestID
		_       time.Duration    = api.RetryAfter
		_       http.Header      = api.Header
		_       []byte           = api.Body()
		detail  apierrors.Detail = api.Detail
		_       string           = detail.Text()
		_       map[string]any   = detail.Fields()
		_       json.RawMessage  = detail.Raw()
		_       error            = detail.Decode(new(any))

		_, _, _ int    = transport.Attempts, invalid.Attempts, invalid.StatusCode
		_, _, _ error  = transport.Err, transport.Unwrap(), invalid.Err
		_       bool   = transport.Timeout()
		_, _    string = invalid.RequestID, invalid.Reason
		_       []byte = invalid.Body()
	)
}
