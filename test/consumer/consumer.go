// Package consumer is a program outside the library's module that uses every
// public name once. It compiles as long as no name or type changes: other
// people's code is built on exactly these.
package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest"
)

var _ = map[string]string{
	facade.EnvAPIKey:     "APIDECK_API_KEY",
	facade.EnvAppID:      "APIDECK_APP_ID",
	facade.EnvConsumerID: "APIDECK_CONSUMER_ID",
	facade.EnvBaseURL:    "APIDECK_BASE_URL",
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
		facade.WithLogger(slog.Default()),
	}
}

func session() facade.Session {
	return facade.Session{
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
			AllowActions:         []facade.Action{facade.ActionDelete, facade.ActionDisconnect, facade.ActionReauthorize, facade.ActionDisable},
		},
		Theme: facade.Theme{
			Favicon: "f", Logo: "l", PrimaryColor: "#000", SidepanelBackgroundColor: "#000", SidepanelTextColor: "#fff",
			VaultName: "v", PrivacyURL: "p", TermsURL: "t",
		},
		CustomConsumerSettings: map[string]any{"a": 1},
	}
}

// create makes two sessions, one by each form of the call.
func create(ctx context.Context, base string) (*facade.CreateSessionResponse, error) {
	var client *facade.Client
	client, err := facade.New(options(base)...)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	var vault *facade.Vault = client.Vault
	var sessions *facade.Sessions = vault.Sessions
	if _, err := sessions.Create(ctx, session(), facade.WithConsumerID("other")); err != nil {
		return nil, err
	}
	return facade.CreateSession(ctx, client, session(), facade.WithTimeout(time.Minute))
}

// read uses every field of a response.
func read(resp *facade.CreateSessionResponse) (uri, token string, expires time.Time) {
	var raw gen.CreateSessionResponse = resp.CreateSessionResponse
	var (
		_ int            = resp.StatusCode
		_ string         = resp.Status
		_ map[string]any = raw.Raw
		_ string         = resp.RequestID
		_ http.Header    = resp.Header
		_ int            = resp.Attempts
	)
	expires, _ = resp.ExpiresAt()
	return resp.Data.SessionURI, resp.Data.SessionToken, expires
}

// describe uses every field of every error.
func describe(err error) string {
	for _, sentinel := range []error{apierrors.ErrBadRequest, apierrors.ErrUnauthorized, apierrors.ErrPaymentRequired,
		apierrors.ErrNotFound, apierrors.ErrUnprocessable, apierrors.ErrRateLimited, apierrors.ErrServer} {
		if errors.Is(err, sentinel) {
			return sentinel.Error()
		}
	}
	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
		var (
			_ int                         = e.StatusCode
			_ []string                    = []string{e.Title, e.TypeName, e.Message, e.Ref, e.RequestID}
			_ apierrors.Detail            = e.Detail
			_ string                      = e.Detail.Text()
			_ map[string]any              = e.Detail.Fields()
			_ json.RawMessage             = e.Detail.Raw()
			_ error                       = e.Detail.Decode(new(any))
			_ []apierrors.DownstreamError = e.DownstreamErrors
			_ time.Duration               = e.RetryAfter
			_ int                         = e.Attempts
			_ http.Header                 = e.Header
			_ []byte                      = e.Body()
		)
		for _, d := range e.DownstreamErrors {
			_ = d.Message + d.Detail + d.Code
		}
	}
	if e, ok := errors.AsType[*apierrors.TransportError](err); ok {
		var (
			_ int   = e.Attempts
			_ error = e.Err
			_ error = e.Unwrap()
			_ bool  = e.Timeout()
		)
	}
	if e, ok := errors.AsType[*apierrors.InvalidResponseError](err); ok {
		var (
			_ int    = e.StatusCode
			_ string = e.RequestID + e.Reason
			_ int    = e.Attempts
			_ error  = e.Err
			_ []byte = e.Body()
		)
	}
	if e, ok := errors.AsType[*apierrors.ValidationError](err); ok {
		return e.Field + e.Reason
	}
	return err.Error()
}

// standIn uses the stand-in API as a program does.
func standIn(ctx context.Context) error {
	server, err := vaulttest.Start()
	if err != nil {
		return err
	}
	defer server.Close()
	server.Enqueue(vaulttest.Reply{Status: 503, Header: http.Header{"Retry-After": {"0"}}, Body: "{}", Delay: time.Millisecond}, vaulttest.Reply{Drop: true})
	_, err = server.Client(facade.WithConsumerID("consumer")).Vault.Sessions.Create(ctx, facade.Session{})
	for _, r := range server.Requests() {
		_ = r.Method + r.Path + r.Header.Get("Authorization") + string(r.Body)
	}
	return err
}
