package facade_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const referenceJSON = `{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com","image":"https://www.spacex.com/static/images/share.jpg"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "theme":{"favicon":"https://res.cloudinary.com/apideck/icons/intercom","logo":"https://res.cloudinary.com/apideck/icons/intercom","primary_color":"#286efa","sidepanel_background_color":"#286efa","sidepanel_text_color":"#FFFFFF","vault_name":"Intercom","privacy_url":"https://compliance.apideck.com/privacy-policy","terms_url":"https://www.termsfeed.com/terms-conditions/957c85c1b089ae9e3219c83eff65377e"},
 "custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6","label":"6%"},{"id":"21","label":"21%"}]}}`

func referenceSession() facade.Session {
	return facade.Session{
		ConsumerMetadata: facade.ConsumerMetadata{
			AccountName: "SpaceX",
			UserName:    "Elon Musk",
			Email:       "elon@musk.com",
			Image:       "https://www.spacex.com/static/images/share.jpg",
		},
		RedirectURI: "https://mysaas.com/dashboard",
		Settings: facade.Settings{
			UnifiedAPIs:   []facade.UnifiedAPI{facade.UnifiedAPICRM},
			SessionLength: "30m",
		},
		Theme: facade.Theme{
			Favicon:                  "https://res.cloudinary.com/apideck/icons/intercom",
			Logo:                     "https://res.cloudinary.com/apideck/icons/intercom",
			PrimaryColor:             "#286efa",
			SidepanelBackgroundColor: "#286efa",
			SidepanelTextColor:       "#FFFFFF",
			VaultName:                "Intercom",
			PrivacyURL:               "https://compliance.apideck.com/privacy-policy",
			TermsURL:                 "https://www.termsfeed.com/terms-conditions/957c85c1b089ae9e3219c83eff65377e",
		},
		CustomConsumerSettings: map[string]any{
			"feature_flag_1": true,
			"tax_rates":      []map[string]string{{"id": "6", "label": "6%"}, {"id": "21", "label": "21%"}},
		},
	}
}

func TestReferenceSessionCrossesTheWireAsThatJSONAndNoKeyMore(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON)
	resp, err := client.Vault.Sessions.Create(t.Context(), referenceSession())
	if err != nil {
		t.Fatal(err)
	}
	if resp.Data.SessionURI != "https://vault.apideck.com/session/tok" || resp.Data.SessionToken != "tok" {
		t.Errorf("session is %q, %q", resp.Data.SessionURI, resp.Data.SessionToken)
	}
	sameJSON(t, (<-requests).Body, referenceJSON)
}

func TestReferenceSessionComesBackFromTheStandInAsAWorkingSession(t *testing.T) {
	t.Parallel()
	server := vaulttest.NewServer(t)
	resp, err := server.Client().Vault.Sessions.Create(t.Context(), referenceSession(), facade.WithConsumerID(testConsumer))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(resp.Data.SessionURI, server.URL+"/session/") || resp.RequestID == "" || resp.Attempts != 1 || resp.StatusCode != 200 {
		t.Errorf("%v", resp)
	}
	sameJSON(t, string(server.Requests()[0].Body), referenceJSON)
}

func TestRequestHasTheMethodPathAndHeadersOfTheContract(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON, facade.WithUserAgent("billing/2.1"), facade.WithHeader("x-trace", "abc"))
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Fatal(err)
	}
	r := <-requests
	if r.Method != "POST" || r.Path != "/vault/sessions" {
		t.Errorf("%s %s", r.Method, r.Path)
	}
	for name, want := range map[string]string{
		"Authorization":         "Bearer " + testKey,
		"X-Apideck-App-Id":      testApp,
		"X-Apideck-Consumer-Id": testConsumer,
		"Content-Type":          "application/json",
		"Accept":                "application/json",
		"X-Trace":               "abc",
	} {
		if got := r.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if ua := r.Header.Get("User-Agent"); !strings.HasPrefix(ua, "billing/2.1 vault-go/") {
		t.Errorf("User-Agent is %q", ua)
	}
	if _, ok := r.Header["Idempotency-Key"]; ok {
		t.Error("an Idempotency-Key crossed the wire; the API knows none")
	}
}

func TestEmptySessionSendsAnEmptyObject(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON)
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Fatal(err)
	}
	if body := (<-requests).Body; body != "{}" {
		t.Errorf("body is %s", body)
	}
}

func TestOptionalFieldsHaveThreeStatesOnTheWire(t *testing.T) {
	t.Parallel()
	type S = facade.Settings
	for _, test := range []struct {
		session facade.Session
		want    string
	}{
		{facade.Session{Settings: S{AllowActions: nil}}, `{}`},
		{facade.Session{Settings: S{AllowActions: []facade.Action{}}}, `{"settings":{"allow_actions":[]}}`},
		{facade.Session{Settings: S{AllowActions: []facade.Action{facade.ActionDelete}}}, `{"settings":{"allow_actions":["delete"]}}`},
		{facade.Session{Settings: S{UnifiedAPIs: []facade.UnifiedAPI{}}}, `{"settings":{"unified_apis":[]}}`},
		{facade.Session{CustomConsumerSettings: map[string]any{}}, `{"custom_consumer_settings":{}}`},
		{facade.Session{CustomConsumerSettings: map[string]any{"a": nil}}, `{"custom_consumer_settings":{"a":null}}`},

		{facade.Session{Settings: S{HideResourceSettings: new(true)}}, `{"settings":{"hide_resource_settings":true}}`},
		{facade.Session{Settings: S{HideResourceSettings: new(false)}}, `{"settings":{"hide_resource_settings":false}}`},
		{facade.Session{Settings: S{SandboxMode: new(true)}}, `{"settings":{"sandbox_mode":true}}`},
		{facade.Session{Settings: S{SandboxMode: new(false)}}, `{"settings":{"sandbox_mode":false}}`},
		{facade.Session{Settings: S{IsolationMode: new(true)}}, `{"settings":{"isolation_mode":true}}`},
		{facade.Session{Settings: S{IsolationMode: new(false)}}, `{"settings":{"isolation_mode":false}}`},
		{facade.Session{Settings: S{ShowLogs: new(true)}}, `{"settings":{"show_logs":true}}`},
		{facade.Session{Settings: S{ShowLogs: new(false)}}, `{"settings":{"show_logs":false}}`},
		{facade.Session{Settings: S{ShowSuggestions: new(true)}}, `{"settings":{"show_suggestions":true}}`},
		{facade.Session{Settings: S{ShowSuggestions: new(false)}}, `{"settings":{"show_suggestions":false}}`},
		{facade.Session{Settings: S{ShowSidebar: new(true)}}, `{"settings":{"show_sidebar":true}}`},
		{facade.Session{Settings: S{ShowSidebar: new(false)}}, `{"settings":{"show_sidebar":false}}`},
		{facade.Session{Settings: S{AutoRedirect: new(true)}}, `{"settings":{"auto_redirect":true}}`},
		{facade.Session{Settings: S{AutoRedirect: new(false)}}, `{"settings":{"auto_redirect":false}}`},
		{facade.Session{Settings: S{HideGuides: new(true)}}, `{"settings":{"hide_guides":true}}`},
		{facade.Session{Settings: S{HideGuides: new(false)}}, `{"settings":{"hide_guides":false}}`},
	} {
		client, requests := serve(t, 200, nil, sessionJSON)
		if _, err := client.Vault.Sessions.Create(t.Context(), test.session); err != nil {
			t.Fatal(err)
		}
		if body := (<-requests).Body; body != test.want {
			t.Errorf("body is %s, want %s", body, test.want)
		}
	}
}

func TestRedirectURIIsSentByteForByte(t *testing.T) {
	t.Parallel()
	const uri = `HTTPS://MySaas.com:443/a/../b?x=<1>&y="2"#f%2f é`
	client, requests := serve(t, 200, nil, sessionJSON)
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{RedirectURI: uri}); err != nil {
		t.Fatal(err)
	}
	body := (<-requests).Body
	var got struct {
		RedirectURI string `json:"redirect_uri"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.RedirectURI != uri {
		t.Errorf("got %q, %v", got.RedirectURI, err)
	}
	if !strings.Contains(body, "<1>&y") {
		t.Errorf("%s was escaped for HTML", body)
	}
}

func TestConsumerIDsCrossTheWireUnchanged(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON)
	for _, id := range []string{"account:12345", "jane+test@example.com", "0f8fad5b-d9cb-469f-a165-70867728950e", "a b", "100%25,x;y=\"z\"", strings.Repeat("x", 255)} {
		if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID(id)); err != nil {
			t.Fatal(err)
		}
		if got := (<-requests).Header.Get("x-apideck-consumer-id"); got != id {
			t.Errorf("consumer id %q crossed as %q", id, got)
		}
	}
}

func TestOptionsOfACallHoldForThatCallOnly(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON, facade.WithHeader("X-Team", "a"))
	create := func(opts ...facade.Option) captured {
		t.Helper()
		if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, opts...); err != nil {
			t.Fatal(err)
		}
		return <-requests
	}
	r := create(facade.WithConsumerID("other"), facade.WithAPIKey("other-key"), facade.WithAppID("other-app"), facade.WithHeader("X-Team", "b"), facade.WithHeader("X-More", "c"))
	if r.Header.Get("X-Apideck-Consumer-Id") != "other" || r.Header.Get("Authorization") != "Bearer other-key" ||
		r.Header.Get("X-Apideck-App-Id") != "other-app" || r.Header.Get("X-Team") != "b" || r.Header.Get("X-More") != "c" {
		t.Errorf("the call's options did not win: %v", r.Header)
	}
	r = create()
	if r.Header.Get("X-Apideck-Consumer-Id") != testConsumer || r.Header.Get("Authorization") != "Bearer "+testKey ||
		r.Header.Get("X-Apideck-App-Id") != testApp || r.Header.Get("X-Team") != "a" || r.Header.Get("X-More") != "" {
		t.Errorf("the call's options stayed: %v", r.Header)
	}
}

func TestCreateSessionDoesWhatCreateDoes(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON)
	resp, err := facade.CreateSession(t.Context(), client, referenceSession(), facade.WithConsumerID("other"))
	if err != nil || resp.Data.SessionToken != "tok" {
		t.Fatalf("%v, %v", resp, err)
	}
	r := <-requests
	sameJSON(t, r.Body, referenceJSON)
	if r.Header.Get("X-Apideck-Consumer-Id") != "other" {
		t.Error("the option was lost")
	}
}

func TestMissingConsumerIDIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Setenv(facade.EnvConsumerID, "")
	server := vaulttest.NewServer(t)
	_, err := server.Client().Vault.Sessions.Create(t.Context(), facade.Session{})
	if e, ok := errors.AsType[*apierrors.ValidationError](err); !ok || e.Field != "WithConsumerID" || !strings.Contains(e.Reason, facade.EnvConsumerID) {
		t.Errorf("got %v", err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestEveryStatusBecomesAnAPIErrorWithItsSentinel(t *testing.T) {
	t.Parallel()
	sentinels := []error{apierrors.ErrBadRequest, apierrors.ErrUnauthorized, apierrors.ErrPaymentRequired,
		apierrors.ErrNotFound, apierrors.ErrUnprocessable, apierrors.ErrRateLimited, apierrors.ErrServer}
	for status, sentinel := range map[int]error{
		400: apierrors.ErrBadRequest, 401: apierrors.ErrUnauthorized, 402: apierrors.ErrPaymentRequired,
		404: apierrors.ErrNotFound, 422: apierrors.ErrUnprocessable, 429: apierrors.ErrRateLimited,
		500: apierrors.ErrServer, 503: apierrors.ErrServer, 599: apierrors.ErrServer,
		302: nil, 403: nil, 409: nil, 418: nil, 600: nil,
	} {
		client, _ := serve(t, status, http.Header{"X-Apideck-Request-Id": {"req_9"}},
			`{"status_code":"oops","error":"Title","type_name":"SomeError","message":"Something","ref":"https://ref","detail":"why"}`)
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
		e, ok := errors.AsType[*apierrors.APIError](err)
		if !ok {
			t.Errorf("%d: got %v", status, err)
			continue
		}
		if e.StatusCode != status || e.Title != "Title" || e.TypeName != "SomeError" || e.Message != "Something" ||
			e.Ref != "https://ref" || e.Detail.Text() != "why" || e.RequestID != "req_9" || e.Attempts != 1 ||
			e.Op != "POST /vault/sessions" || e.Header.Get("X-Apideck-Request-Id") != "req_9" {
			t.Errorf("%d: got %+v", status, *e)
		}
		for _, s := range sentinels {
			if errors.Is(err, s) != (s == sentinel) {
				t.Errorf("%d: errors.Is(err, %q) is %v", status, s, errors.Is(err, s))
			}
		}
	}
}

func TestErrorReadsLikeOneSentence(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, 401, http.Header{"X-Apideck-Request-Id": {"abc"}},
		`{"status_code":401,"error":"Unauthorized","type_name":"UnauthorizedError","message":"Unauthorized Request"}`)
	_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
	if want := "apideck: POST /vault/sessions: 401 Unauthorized: Unauthorized Request (UnauthorizedError; request id abc)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestErrorBodyThatIsNotTheContractsLosesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `{`, `<html>Bad Gateway</html>`, "\xff\xfe", `{"message":7,"detail":[1,2]}`,
		`{"status_code":{},"downstream_errors":"none","error":[],"type_name":null}`,
	} {
		client, _ := serve(t, 402, http.Header{"X-Apideck-Request-Id": {"req_9"}}, body)
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
		e, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || e.StatusCode != 402 || e.RequestID != "req_9" || string(e.Body()) != body || !errors.Is(err, apierrors.ErrPaymentRequired) {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

func TestSuccessStatusWithoutASessionIsAnInvalidResponse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status       int
		body, reason string
	}{
		{200, ``, "body is empty"},
		{200, `null`, "session_uri is missing"},
		{200, `{}`, "session_uri is missing"},
		{200, `[]`, "session_uri is missing"},
		{200, `<html>Sign in to the Wi-Fi</html>`, "not JSON"},
		{200, `{"data":{"session_uri":"https://x/y"`, "not JSON"},
		{200, sessionJSON + `{}`, "not JSON"},
		{200, `{"data":null}`, "session_uri is missing"},
		{200, `{"data":{"session_uri":"","session_token":"t"}}`, "session_uri is missing"},
		{200, `{"data":{"session_uri":"https://x/y"}}`, "session_token is missing"},
		{200, `{"data":{"session_uri":7,"session_token":"t"}}`, "session_uri is missing"},
		{200, `{"data":{"session_uri":"/session/t","session_token":"t"}}`, "not an absolute"},
		{200, `{"data":{"session_uri":"javascript:alert(1)","session_token":"t"}}`, "not an absolute"},
		{200, `{"data":{"session_uri":"https:///session/t","session_token":"t"}}`, "not an absolute"},
		{200, `{"data":{"session_uri":"https://user@/session/t","session_token":"t"}}`, "not an absolute"},
		{200, `{"data":{"session_uri":"https:/x/session/t","session_token":"t"}}`, "not an absolute"},
		{200, `{"data":{"session_uri":"https://x/session/t","session_token":"u\u0085"}}`, "characters"},
		{200, `{"data":{"session_uri":"https://x/y\u0000","session_token":"t"}}`, "characters"},
		{200, "{\"data\":{\"session_uri\":\"https://x/y\xff\",\"session_token\":\"t\"}}", "characters"},
		{200, `{"data":{"session_uri":"https://x/y","session_token":"t\n"}}`, "characters"},
		{200, `{"status_code":401,"error":"Unauthorized","message":"no"}`, "session_uri is missing"},
		{202, sessionJSON, "status 200 or 201"},
		{204, ``, "status 200 or 201"},
		{206, sessionJSON, "status 200 or 201"},
	} {
		client, _ := serve(t, test.status, http.Header{"X-Apideck-Request-Id": {"req_9"}, "Content-Type": {"application/json"}}, test.body)
		resp, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
		e, ok := errors.AsType[*apierrors.InvalidResponseError](err)
		if !ok {
			t.Errorf("%d %q: got %v, %v", test.status, test.body, resp, err)
			continue
		}
		if resp != nil || e.StatusCode != test.status || e.RequestID != "req_9" || e.Attempts != 1 ||
			string(e.Body()) != test.body || !strings.Contains(e.Reason, test.reason) {
			t.Errorf("%d %q: got %v", test.status, test.body, err)
		}
	}
}

func TestOnlyTheTwoSessionValuesAreNeededForSuccess(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"data":{"session_uri":"https://x/y","session_token":"t"}}`,
		`{"status_code":"200","status":7,"data":{"session_uri":"https://x/y","session_token":"t","new":{}},"_raw":[],"meta":{"a":1}}`,
		`{"status_code":null,"status":null,"_raw":null,"data":{"session_uri":"https://x/y","session_token":"t"}}`,
		`{"_raw":"text","status":{},"data":{"expires":1,"session_token":"t","session_uri":"https://x/y"}}`,
	} {
		for _, status := range []int{200, 201} {
			client, _ := serve(t, status, nil, body)
			resp, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
			if err != nil || resp.Data.SessionURI != "https://x/y" || resp.Data.SessionToken != "t" {
				t.Errorf("%d %s: got %v", status, body, err)
			}
		}
	}
}

func TestContextThatIsDoneSendsNothing(t *testing.T) {
	t.Parallel()
	server := vaulttest.NewServer(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	because := errors.New("customer left")
	cancel(because)
	_, err := server.Client().Vault.Sessions.Create(ctx, facade.Session{}, facade.WithConsumerID("c"), facade.WithAPIKeyFunc(
		func(context.Context) (string, error) { t.Error("the key was fetched"); return "k", nil }))
	e, ok := errors.AsType[*apierrors.TransportError](err)
	if !ok || e.Attempts != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, because) || len(server.Requests()) != 0 {
		t.Errorf("got %v after %d requests", err, len(server.Requests()))
	}
}

func TestTransportThatReturnsNothingIsATransportError(t *testing.T) {
	t.Parallel()
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil })}))
	_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
	if _, ok := errors.AsType[*apierrors.TransportError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestHeaderOfASharedAnswerIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	shared := http.Header{"Location": {"https://elsewhere.example"}, "X-Echo": {testKey}, "Content-Type": {"text/plain"}}
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		a := answer(302, "")
		a.Header = shared
		return a, nil
	})}))
	var calls sync.WaitGroup
	for range 8 { // the race detector watches
		calls.Go(func() { client.Vault.Sessions.Create(t.Context(), facade.Session{}) })
	}
	calls.Wait()
	if shared.Get("Location") == "" || shared.Get("X-Echo") != testKey {
		t.Errorf("the transport's header is now %v", shared)
	}
}

func TestFailureBeforeTheDeadlineIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		attempts := 0
		client := newClient(t, facade.WithRetries(facade.DefaultRetryConfig()), facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if attempts++; attempts == 1 {
				return answer(503, `{"message":"down for now"}`), nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}))
		_, err := client.Vault.Sessions.Create(ctx, facade.Session{})
		e, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || e.StatusCode != 503 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "down for now") {
			t.Errorf("got %v", err)
		}
	})
}

func TestStatusCodeIsHTTPsWhenTheBodyDoesNotSayIt(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, 201, nil, `{"data":{"session_uri":"https://x/y","session_token":"t"}}`)
	resp, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
	if err != nil || resp.StatusCode != 201 {
		t.Errorf("got %v, %v", resp, err)
	}
}
