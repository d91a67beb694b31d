package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// setEnv sets the variables that the program reads.
func setEnv(t *testing.T, apiKey, appID, baseURL string) {
	t.Setenv(facade.EnvAPIKey, apiKey)
	t.Setenv(facade.EnvAppID, appID)
	t.Setenv(facade.EnvBaseURL, baseURL)
	t.Setenv(facade.EnvInsecureHTTP, "")
}

func call(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), err
}

func TestRun_CreatesASessionWithoutCredentials(t *testing.T) {
	setEnv(t, "", "", "")
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

func TestRun_SendsTheSessionFileAndTheFlags(t *testing.T) {
	server := vaulttest.NewServer(t)
	setEnv(t, "key", "app", server.URL)
	file := filepath.Join(t.TempDir(), "session.json")
	const session = `{"redirect_uri": "https://mysaas.com/dashboard",
		"settings": {"unified_apis": ["crm"], "session_length": "30m", "allow_actions": []},
		"custom_consumer_settings": {"account": 9007199254740993}}`
	if err := os.WriteFile(file, []byte(session), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, err := call(t, "", "-session", file, "-consumer", "account:12345", "-app", "other-app",
		"-redirect-uri", "https://a/b", "-unified-apis", "hris, ats")
	if err != nil || stderr != "" {
		t.Fatalf("%v, printed %q", err, stderr)
	}

	const want = `{"custom_consumer_settings":{"account":9007199254740993},"redirect_uri":"https://a/b",` +
		`"settings":{"allow_actions":[],"session_length":"30m","unified_apis":["hris","ats"]}}`
	r := server.Requests()[0]
	if r.ConsumerID != "account:12345" || r.AppID != "other-app" || string(r.Body) != want {
		t.Errorf("sent %s of %s: %s", r.ConsumerID, r.AppID, r.Body)
	}
}

func TestRun_ReportsBadInputWithItsFlag(t *testing.T) {
	server := vaulttest.NewServer(t)
	setEnv(t, "key", "app", server.URL)
	for _, c := range []struct {
		args  string
		stdin string
		want  string
	}{
		{args: "-x", want: "flag provided but not defined: -x (see -h)"},
		{args: "extra", want: `unexpected argument "extra" (see -h)`},
		{args: "-length -1h", want: `-length (settings.session_length): must be one integer and one unit`},
		{args: "-length -1h", want: `not "-1h"`},
		{args: "-unified-apis CRM", want: `-unified-apis: "CRM" is not known; did you mean "crm"? The ids are a`},
		{args: "-unified-apis salesforce", want: `"salesforce" is not known; the ids are accounting, ats, `},
		{args: "-unified-apis crm,,hris", want: `-unified-apis: an id is missing in "crm,,hris"`},
		{args: "-consumer é", want: "-consumer: "},
		{args: "-app é", want: "-app: "},
		{args: "-session /does/not/exist", want: "no such file"},
		{args: "-session -", want: "-: line 1, column 0: unexpected end of JSON input"},
		{args: "-session -", stdin: "{\n \"a\": x}", want: "-: line 2, column 7: invalid character 'x'"},
		{args: "-session -", stdin: `{} {}`, want: "-: line 1, column 4: "},
		{args: "-session -", stdin: ` []`, want: "-: must be an object"},
		{args: "-session -", stdin: `null`, want: "-: must be an object"},
		{args: "-session -", stdin: `{"session_url":"x"}`, want: `unknown field "session_url"`},
		{args: "-session -", stdin: `{"settings":{"show_logs":"no"}}`, want: "settings.show_logs"},
	} {
		stdout, stderr, err := call(t, c.stdin, strings.Fields(c.args)...)
		if err == nil || exitCode(err) != 2 || !strings.Contains(message(err), c.want) || stdout+stderr != "" {
			t.Errorf("%s %s: got %v, printed %s%s", c.args, c.stdin, err, stdout, stderr)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestRun_PrintsHelp(t *testing.T) {
	stdout, _, err := call(t, "", "-h")
	if err != nil || !strings.Contains(stdout, "-unified-apis") {
		t.Errorf("printed %s, %v", stdout, err)
	}
}

func TestRun_ReportsAnIncompleteEnvironment(t *testing.T) {
	setEnv(t, "key", "", "nonsense")
	_, _, err := call(t, "")
	if err == nil || exitCode(err) != 2 {
		t.Fatalf("got %v", err)
	}
	got := message(err)
	const want = "-app: missing; use this option or set APIDECK_APP_ID; "
	if !strings.Contains(got, want) || strings.Contains(got, "\n") {
		t.Errorf("the message is %s", got)
	}
}

func TestUnifiedAPIs_AreKnownToTheLibrary(t *testing.T) {
	for id := range strings.SplitSeq(unifiedAPIs, ", ") {
		if !facade.UnifiedAPI(id).Valid() {
			t.Errorf("%q is not a unified API", id)
		}
	}
}

func TestAdvice_SaysWhatToDoAboutAnErrorResponse(t *testing.T) {
	server := vaulttest.NewServer(t)
	setEnv(t, "key", "app", server.URL)
	for _, c := range []struct {
		reply vaulttest.Reply
		want  string // "": no advice
	}{
		{reply: vaulttest.RedirectRejected(), want: "Register the redirect URI"},
		{reply: vaulttest.ErrorResponse(400)},
		{reply: vaulttest.KeyExpired(), want: "Check that APIDECK_API_KEY is valid"},
		{reply: vaulttest.PlanLimitReached(), want: "The plan's limit"},
		{reply: vaulttest.ErrorResponse(404)},
		{reply: vaulttest.RateLimited(time.Minute), want: "Too many requests"},
	} {
		server.Enqueue(c.reply)
		_, _, err := call(t, "")
		if _, ok := errors.AsType[*apierrors.APIError](err); !ok || exitCode(err) != 1 {
			t.Errorf("%d: got %v", c.reply.Status, err)
		}
		if got := advice(err); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%d: advice %q", c.reply.Status, got)
		}
	}
}
