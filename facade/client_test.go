package facade_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

// setEnvironment sets the variables that New reads, in the order of the
// documentation; those without a value are empty.
func setEnvironment(t *testing.T, values ...string) {
	names := []string{facade.EnvAPIKey, facade.EnvAppID, facade.EnvBaseURL, facade.EnvInsecureHTTP}
	values = append(values, make([]string, len(names)-len(values))...)
	for i, name := range names {
		t.Setenv(name, values[i])
	}
}

func TestNew_ReportsEveryProblem(t *testing.T) {
	setEnvironment(t)
	_, err := facade.New(facade.WithBaseURL("https://h?"), facade.WithTimeout(-1), facade.WithHTTPClient(nil))
	wantInvalid(t, err, "WithAPIKey", "WithAppID", "WithBaseURL", "WithTimeout", "WithHTTPClient")
	for _, want := range []string{"WithAPIKey: missing; use this option or set APIDECK_API_KEY", "set APIDECK_APP_ID"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestNew_ReadsTheEnvironment(t *testing.T) {
	setEnvironment(t, "env-key", "env-app")
	s := newScript(t, session)
	c, err := facade.New(s.option())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := createSession(t, c, facade.WithConsumerID("consumer")); err != nil {
		t.Fatal(err)
	}
	got := slices.Concat(s.sent("Authorization"), s.sent("X-Apideck-App-Id"), s.sent("X-Apideck-Consumer-Id"))
	if !slices.Equal(got, []string{"Bearer env-key", "env-app", "consumer"}) {
		t.Errorf("sent %q", got)
	}
	if url := s.requests[0].URL.String(); url != "https://unify.apideck.com/vault/sessions" {
		t.Errorf("sent to %s", url)
	}
}

func TestNew_OptionsWinOverTheEnvironment(t *testing.T) {
	setEnvironment(t, "bad\nkey", "bad\napp", "ftp://bad")
	if _, err := createSession(t, newClient(t, session.option())); err != nil {
		t.Error(err)
	}
}

func TestNew_ReportsTheNameOfTheVariable(t *testing.T) {
	setEnvironment(t, "secret\n", " app", "https://user:secret@host")
	_, err := facade.New()
	wantInvalid(t, err, facade.EnvAPIKey, facade.EnvAppID, facade.EnvBaseURL)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%q shows a secret", err)
	}
}

func TestNew_WithoutConsumerID(t *testing.T) {
	setEnvironment(t, "k", "a")
	t.Setenv("APIDECK_CONSUMER_ID", "the-same-for-everybody") // there is no such variable
	c, err := facade.New(newScript(t).option())
	if err != nil {
		t.Fatal(err)
	}
	_, err = createSession(t, c)
	wantReason(t, err, "WithConsumerID", "signed-in customer")
}
