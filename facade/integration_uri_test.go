package facade_test

import (
	"net/url"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

func TestCreateSessionResponse_IntegrationURI(t *testing.T) {
	t.Parallel()
	var resp facade.CreateSessionResponse
	for sessionURI, origin := range map[string]string{
		"https://vault.example.com/session/a.b.c":  "https://vault.example.com",
		"http://127.0.0.1:8080/session/a.b.c?x=1#": "http://127.0.0.1:8080",
	} {
		for _, token := range []string{"a.b.c", "a+b&c=d/#?"} {
			resp.Data.SessionURI, resp.Data.SessionToken = sessionURI, token
			got, err := resp.IntegrationURI(facade.UnifiedAPICRM, "salesforce")
			if want := origin + "/integrations/crm/salesforce?jwt=" + url.QueryEscape(token); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	}
	if _, err := resp.IntegrationURI("time-travel", "delorean_dmc-12"); err != nil {
		t.Errorf("an API that this version does not know: %v", err)
	}
	for _, segment := range []string{"", ".", "..", "a/b", "a?b", "a#b", "a b", "a\nb", "a\x7f", `a\b`} {
		got, err := resp.IntegrationURI(facade.UnifiedAPICRM, segment)
		if wantInvalid(t, err, "serviceID"); got != "" {
			t.Errorf("service id %q: got %q", segment, got)
		}
		_, err = resp.IntegrationURI(facade.UnifiedAPI(segment), "salesforce")
		wantInvalid(t, err, "api")
	}
	if got, err := new(facade.CreateSessionResponse).IntegrationURI(facade.UnifiedAPICRM, "salesforce"); err == nil {
		t.Errorf("a response without a session gives %q", got)
	}
}
