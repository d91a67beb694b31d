package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const reference = `{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "custom_consumer_settings":{"feature_flag_1":true,"account":9007199254740993}}`

// TestMain takes the caller's settings out of the environment.
func TestMain(m *testing.M) {
	for _, name := range []string{
		facade.EnvAPIKey,
		facade.EnvAppID,
		facade.EnvBaseURL,
		facade.EnvInsecureHTTP,
	} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// useServer points the program to a stand-in through environment variables.
func useServer(t *testing.T) *vaulttest.Server {
	server := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "app")
	t.Setenv(facade.EnvBaseURL, server.URL)
	return server
}

func call(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), err
}

func TestRun_CreatesASessionWithoutCredentials(t *testing.T) {
	stdout, stderr, err := call(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"session URI: http://127.0.0.1:", "expires:     20", "request id:  req_1"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
	if strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "stops when this command exits") {
		t.Errorf("printed %q", stderr)
	}
}

func TestRun_SendsTheSessionFileUnchanged(t *testing.T) {
	server := useServer(t)
	file := filepath.Join(t.TempDir(), "session.json")
	if err := os.WriteFile(file, []byte(reference), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, "", "-session", file, "-consumer", "account:12345", "-app", "other-app"); err != nil {
		t.Fatal(err)
	}
	r := server.Requests()[0]
	if r.ConsumerID != "account:12345" || r.Header.Get("x-apideck-app-id") != "other-app" {
		t.Errorf("%v", r.Header)
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal(r.Body, &got), json.Unmarshal([]byte(reference), &want)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) || !strings.Contains(string(r.Body), `"account":9007199254740993`) {
		t.Errorf("sent %s", r.Body)
	}
}

func TestRun_FlagsOverrideTheSessionFile(t *testing.T) {
	server := useServer(t)
	_, stderr, err := call(t, reference,
		"-session", "-", "-redirect-uri", "https://a/b", "-unified-apis", "hris, ats", "-length", "2h")
	if err != nil || stderr != "" {
		t.Fatalf("%v, printed %q", err, stderr)
	}
	body := string(server.Requests()[0].Body)
	for _, want := range []string{
		`"redirect_uri":"https://a/b"`, `"unified_apis":["hris","ats"]`, `"session_length":"2h"`, `"feature_flag_1":true`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

func TestRun_ReportsBadInputWithItsFlag(t *testing.T) {
	server := useServer(t)
	session := []string{"-session", "-"}
	for _, test := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{args: []string{"-x"}, want: "flag provided but not defined: -x (see -h)"},
		{args: []string{"extra"}, want: `unexpected argument "extra" (see -h)`},
		{args: []string{"-length", "soon"}, want: `invalid value "soon" for flag -length: `},
		{args: []string{"-length", "-1h"}, want: `invalid value "-1h" for flag -length: must be positive`},
		{args: []string{"-length", "200h"}, want: "-length (settings.session_length)"},
		{args: []string{"-unified-apis", "CRM"}, want: `-unified-apis: "CRM" is not known; did you mean "crm"? ` +
			"The ids are accounting, ats, "},
		{args: []string{"-unified-apis", "hirs"}, want: `did you mean "hris"?`},
		{args: []string{"-unified-apis", "salesforce"}, want: `"salesforce" is not known; the ids are accounting, `},
		{args: []string{"-unified-apis", "crm,,hris"}, want: `-unified-apis: an id is missing in "crm,,hris"`},
		{args: []string{"-consumer", "a "}, want: "-consumer: "},
		{args: []string{"-app", "a\nb"}, want: "-app: "},
		{args: []string{"-session", "/does/not/exist"}, want: "no such file"},
		{args: session, want: "-: is empty; use {}"},
		{args: session, stdin: "{\n  \"redirect_uri\": x}", want: "-: line 2, column 19: invalid character 'x'"},
		{args: session, stdin: "{\n ", want: "-: line 1, column 1: unexpected end of JSON input"},
		{args: session, stdin: `{} {}`, want: "-: line 1, column 4: "},
		{args: session, stdin: `[]`, want: "-: must be an object"},
		{args: session, stdin: `null`, want: "-: must be an object"},
		{args: session, stdin: `{"session_url":"x"}`, want: `-: unknown field "session_url"`},
		{args: session, stdin: `{"settings":{"show_logs":"no"}}`, want: "-: settings.show_logs must not be a string"},
	} {
		stdout, stderr, err := call(t, test.stdin, test.args...)
		if err == nil || exitCode(err) != 2 || !strings.Contains(message(err), test.want) {
			t.Errorf("%v %s: got %v, want %s", test.args, test.stdin, err, test.want)
			continue
		}

		if strings.ContainsAny(message(err), "\n") || strings.Contains(message(err), "With") {
			t.Errorf("%v: %q has more than one line or names an option", test.args, message(err))
		}
		if stdout+stderr != "" {
			t.Errorf("%v: also printed %s%s", test.args, stdout, stderr)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestUnifiedAPIs_AreKnownToTheLibrary(t *testing.T) {
	for _, id := range unifiedAPIs {
		if !facade.UnifiedAPI(id).Valid() {
			t.Errorf("%q is not a unified API", id)
		}
	}
}

func TestRun_ReportsAnIncompleteEnvironment(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	_, _, err := call(t, "")
	const want = "-app: missing; use this option or set APIDECK_APP_ID"
	if err == nil || exitCode(err) != 2 || !strings.Contains(message(err), want) {
		t.Errorf("got %v", err)
	}
}

func TestAdvice_SaysWhatToDoAboutAnErrorResponse(t *testing.T) {
	server := useServer(t)
	for name, test := range map[string]struct {
		reply vaulttest.Reply
		want  string
	}{
		"redirect rejected": {vaulttest.RedirectRejected(), "Register the redirect URI"},
		"bad request":       {vaulttest.ErrorResponse(400), ""},
		"key":               {vaulttest.KeyExpired(), "Check that APIDECK_API_KEY is valid"},
		"plan":              {vaulttest.PlanLimitReached(), "The plan's limit"},
		"not found":         {vaulttest.ErrorResponse(404), ""},
		"rate":              {vaulttest.RateLimited(time.Minute), "Too many requests"},
	} {
		server.Enqueue(test.reply)
		_, _, err := call(t, "")
		if _, ok := errors.AsType[*apierrors.APIError](err); !ok || exitCode(err) != 1 {
			t.Errorf("%s: got %v", name, err)
		}

		got := advice(err)
		if !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: advice %q, want %q", name, got, test.want)
		}
	}
}

func TestRun_PrintsHelp(t *testing.T) {
	if stdout, _, err := call(t, "", "-h"); !errors.Is(err, flag.ErrHelp) || !strings.Contains(stdout, "-unified-apis") {
		t.Errorf("got %v, %s", err, stdout)
	}
}
