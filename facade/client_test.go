package facade

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNew_ReportsEveryProblem(t *testing.T) {
	_, err := New(WithBaseURL("https://h?"), WithTimeout(-1), WithHTTPClient(nil))
	checkInvalid(t, err, "WithAPIKey", "WithAppID", "WithBaseURL", "WithTimeout", "WithHTTPClient")
	for _, want := range []string{
		"WithAPIKey: missing; use this option or set APIDECK_API_KEY", "set APIDECK_APP_ID",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestNew_ReadsTheEnvironment(t *testing.T) {
	t.Setenv(EnvAPIKey, "env-key")
	t.Setenv(EnvAppID, "env-app")
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.config.auth.key, c.config.appID.value, c.config.endpoint.url}
	want := []string{"env-key", "env-app", "https://unify.apideck.com/"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNew_OptionsOverrideTheEnvironment(t *testing.T) {
	t.Setenv(EnvAPIKey, "bad\nkey")
	t.Setenv(EnvAppID, "bad\napp")
	t.Setenv(EnvBaseURL, "ftp://bad")
	aSession(1).check(t, newClient(t, session.option()))
}

func TestNew_ReportsTheNameOfTheVariable(t *testing.T) {
	t.Setenv(EnvAPIKey, "secret\n")
	t.Setenv(EnvAppID, " app")
	t.Setenv(EnvBaseURL, "https://user:secret@host")
	_, err := New()
	checkInvalid(t, err, EnvAPIKey, EnvAppID, EnvBaseURL)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%q shows a secret", err)
	}
}

func TestNew_NoVariableForTheConsumer(t *testing.T) {
	t.Setenv("APIDECK_CONSUMER_ID", "the-same-for-everybody")
	c, err := New(newScript(t).option(), WithAPIKey("k"), WithAppID("a"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = createSession(t, c)
	checkReason(t, err, "WithConsumerID", "signed-in customer")
}

// newClient, outcome.check and checkError look for secrets in the logs, responses
// and errors of every fault; this test looks at the rest.
func TestClient_PrintsNoSecret(t *testing.T) {
	c := newClient(t, session.option(), WithHeader("X-Extra", testKey))
	out, err := createSession(t, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{
		c, *c, c.Vault, *c.Vault, c.Vault.Sessions, *c.Vault.Sessions, []any{c}, struct{ c *Client }{c},
		WithAPIKey(testKey), []Option{WithAppID(testApp), WithHeader("X-Extra", testKey)},
		[]*CreateSessionResponse{out},
	} {
		encoded, _ := json.Marshal(v)
		checkNoSecret(t, fmt.Sprintf("%T", v), prints(v)+string(encoded))
	}
	for _, v := range []any{out.CreateSessionResponse, out.Data, &out.Data} { // their JSON has the session
		checkNoSecret(t, fmt.Sprintf("%T", v), prints(v))
	}
}

func TestClient_PrintsNil(t *testing.T) { // row 83
	var none *Client
	if got := fmt.Sprint(none, &Client{}); got != "<nil> apideck.Client" {
		t.Errorf("printed as %s", got)
	}
	text := prints(none) + prints((*CreateSessionResponse)(nil))
	if strings.Contains(strings.ToLower(text), "panic") {
		t.Errorf("nil is printed as %s", text)
	}
}
