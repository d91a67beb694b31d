package facade_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func clearEnvironment(t *testing.T) {
	for _, name := range []string{facade.EnvAPIKey, facade.EnvAppID, facade.EnvConsumerID, facade.EnvBaseURL} {
		t.Setenv(name, "")
	}
}

// fields returns the Field of every *ValidationError that err joins.
func fields(t *testing.T, err error) []string {
	t.Helper()
	var found []string
	var walk func(error)
	walk = func(err error) {
		switch err := err.(type) {
		case nil:
		case *apierrors.ValidationError:
			found = append(found, err.Field)
		case interface{ Unwrap() []error }:
			for _, e := range err.Unwrap() {
				walk(e)
			}
		default:
			t.Errorf("%v is not a *ValidationError", err)
		}
	}
	walk(err)
	return found
}

func TestNewReportsEveryProblemAtOnceAndNamesOptionAndVariable(t *testing.T) {
	clearEnvironment(t)
	_, err := facade.New(facade.WithBaseURL("https://vault.apideck.com"), facade.WithTimeout(-1), facade.WithHTTPClient(nil))
	got := strings.Join(fields(t, err), " ")
	if want := "WithAPIKey WithAppID WithBaseURL WithTimeout WithHTTPClient"; got != want {
		t.Errorf("fields are %s, want %s", got, want)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 5 {
		t.Errorf("%#v does not join the five problems", err)
	}
	for _, want := range []string{"WithAPIKey or set APIDECK_API_KEY", "WithAppID or set APIDECK_APP_ID", "https://unify.apideck.com"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestNewReadsTheEnvironment(t *testing.T) {
	server := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "env-key")
	t.Setenv(facade.EnvAppID, "env-app")
	t.Setenv(facade.EnvConsumerID, "env-consumer")
	t.Setenv(facade.EnvBaseURL, server.URL)
	client, err := facade.New()
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Fatal(err)
	}
	header := server.Requests()[0].Header
	if header.Get("X-Apideck-App-Id") != "env-app" || header.Get("X-Apideck-Consumer-Id") != "env-consumer" {
		t.Errorf("%v", header)
	}
}

func TestOptionsWinOverTheEnvironmentEvenOverABadOne(t *testing.T) {
	server := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "bad\nkey")
	t.Setenv(facade.EnvAppID, "bad\napp")
	t.Setenv(facade.EnvConsumerID, "bad\nconsumer")
	t.Setenv(facade.EnvBaseURL, "ftp://bad")
	client := server.Client(facade.WithConsumerID("c"))
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Fatal(err)
	}
}

func TestBadValueFromTheEnvironmentIsReportedUnderTheVariablesName(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "secret-canary\n")
	t.Setenv(facade.EnvAppID, " app")
	t.Setenv(facade.EnvConsumerID, "jos\u00e9")
	t.Setenv(facade.EnvBaseURL, "https://user:secret-canary@host")
	_, err := facade.New()
	if got, want := strings.Join(fields(t, err), " "), "APIDECK_API_KEY APIDECK_APP_ID APIDECK_CONSUMER_ID APIDECK_BASE_URL"; got != want {
		t.Errorf("fields are %s, want %s", got, want)
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("%q shows a secret", err)
	}
}

func TestProductionIsTheDefaultBaseURL(t *testing.T) {
	t.Setenv(facade.EnvBaseURL, "")
	urls := make(chan string, 1)
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		urls <- r.Method + " " + r.URL.String()
		return nil, errors.New("not in a test")
	})}))
	client.Vault.Sessions.Create(t.Context(), facade.Session{})
	if got, want := <-urls, "POST https://unify.apideck.com/vault/sessions"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
}

func TestNothingThatAProgramPrintsShowsTheKeyOrTheIDs(t *testing.T) {
	t.Parallel()
	client := newClient(t, facade.WithConsumerID("consumer-canary"), facade.WithAppID("app-canary"))
	option := facade.WithAPIKey(testKey)
	var out bytes.Buffer
	for _, v := range []any{client, *client, client.Vault, *client.Vault, client.Vault.Sessions, *client.Vault.Sessions, option} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if encoded, err := json.Marshal(v); err == nil {
			out.Write(encoded)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v)
	}
	for _, canary := range []string{testKey, "canary", fmt.Sprintf("%x", testKey)} {
		if strings.Contains(out.String(), canary) {
			t.Errorf("%q is in the output:\n%s", canary, out.String())
		}
	}
	if got := fmt.Sprint(client); got != "apideck.Client(unify.apideck.com)" {
		t.Errorf("client prints as %s", got)
	}
}

func TestNilAndZeroClientPrint(t *testing.T) {
	t.Parallel()
	var client *facade.Client
	if got := fmt.Sprintf("%v %v", client, &facade.Client{}); got != "<nil> apideck.Client()" {
		t.Errorf("got %s", got)
	}
}
