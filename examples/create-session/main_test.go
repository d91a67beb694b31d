package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const reference = `{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "custom_consumer_settings":{"feature_flag_1":true,"account":9007199254740993}}`

// useServer points the program at a stand-in through its environment.
func useServer(t *testing.T) *vaulttest.Server {
	server := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "app")
	t.Setenv(facade.EnvBaseURL, server.URL)
	return server
}

// call runs the program. A file is "" for none, or the text for -session.
func call(t *testing.T, file string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	if file != "" {
		name := filepath.Join(t.TempDir(), "session.json")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-session", name)
	}
	var out, errs bytes.Buffer
	err = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), err
}

func TestRun_CreatesASessionWithoutCredentials(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "")
	stdout, stderr, err := call(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"session URI: http://127.0.0.1:", "expires:     20", "request id:  req_1"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
	if strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "using the stand-in API") {
		t.Errorf("said %q", stderr)
	}
}

func TestRun_SendsTheSessionFileUnchanged(t *testing.T) {
	server := useServer(t)
	if _, _, err := call(t, reference, "-consumer", "account:12345"); err != nil {
		t.Fatal(err)
	}
	r := server.Requests()[0]
	if r.ConsumerID != "account:12345" {
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

func TestRun_OverlaysFlagsOnTheSession(t *testing.T) {
	server := useServer(t)
	_, stderr, err := call(t, reference, "-redirect-uri", "https://a/b", "-unified-apis", "hris, ats", "-length", "2h")
	if err != nil || stderr != "" {
		t.Fatalf("%v, said %q", err, stderr)
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

func TestRun_SendsNothingForBadInput(t *testing.T) {
	server := useServer(t)
	for _, test := range []struct{ file, args, says string }{
		{"", "extra", "unexpected argument"},
		{"", "-length=200h", "settings.session_length"},
		{"", "-consumer=a ", "WithConsumerID"},
		{"", "-session=/does/not/exist", "no such file"},
		{"{", "", "EOF"},
		{`{"session_url":"x"}`, "", "session_url"},
		{`{"settings":{"show_logs":"no"}}`, "", "show_logs"},
		{`{} {}`, "", "more than one"},
	} {
		var args []string
		if test.args != "" {
			args = append(args, test.args)
		}
		if _, _, err := call(t, test.file, args...); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: got %v", test, err)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAdvised_SaysWhatToDoAboutARejection(t *testing.T) {
	server := useServer(t)
	for status, advice := range map[int]string{
		400: "register", 401: "check APIDECK_API_KEY", 402: "limit of the plan", 404: "404", 429: "try again later",
	} {
		reply := vaulttest.Refused(status)
		reply.Header = map[string][]string{"Retry-After": {"60"}} // longer than the client waits
		server.Enqueue(reply)
		_, _, err := call(t, "")
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || api.StatusCode != status || !strings.Contains(err.Error(), advice) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}
