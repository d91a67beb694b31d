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

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const reference = `{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "custom_consumer_settings":{"feature_flag_1":true,"account":9007199254740993}}`

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
	for _, test := range []struct {
		args        []string
		stdin, want string
	}{
		{[]string{"-x"}, "", "-x"},
		{[]string{"extra"}, "", "unexpected argument"},
		{[]string{"-length", "soon"}, "", "soon"},
		{[]string{"-length", "-1h"}, "", "-length (settings.session_length)"},
		{[]string{"-length", "200h"}, "", "-length (settings.session_length)"},
		{[]string{"-consumer", "a "}, "", "-consumer: "},
		{[]string{"-app", "a\nb"}, "", "-app: "},
		{[]string{"-session", "/does/not/exist"}, "", "no such file"},
		{[]string{"-session", "-"}, "", "is empty"},
		{[]string{"-session", "-"}, "{", "EOF"},
		{[]string{"-session", "-"}, `{"session_url":"x"}`, "session_url"},
		{[]string{"-session", "-"}, `{"settings":{"show_logs":"no"}}`, "show_logs"},
		{[]string{"-session", "-"}, `{} {}`, "more than one"},
	} {
		stdout, stderr, err := call(t, test.stdin, test.args...)
		if err == nil || exitCode(err) != 2 || !strings.Contains(message(err), test.want) ||
			strings.ContainsAny(message(err), "\n") || strings.Contains(message(err), "With") {
			t.Errorf("%v: got %v", test.args, err)
		}
		if stdout+stderr != "" {
			t.Errorf("%v: also printed %s%s", test.args, stdout, stderr)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestRun_ReportsAnIncompleteEnvironment(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "")
	_, _, err := call(t, "")
	const want = "-app: missing; use this option or set APIDECK_APP_ID"
	if err == nil || exitCode(err) != 2 || !strings.Contains(message(err), want) {
		t.Errorf("got %v", err)
	}
}

func TestAdvice_SaysWhatToDoAboutAnErrorResponse(t *testing.T) {
	server := useServer(t)
	for status, advised := range map[int]string{
		400: "register it", 401: "APIDECK_API_KEY is valid", 402: "plan's limit", 404: "", 429: "try again later",
	} {
		server.Enqueue(vaulttest.Reply{Status: status, Header: map[string][]string{"Retry-After": {"60"}},
			Body: `{"message":"No","detail":"because"}`})
		_, _, err := call(t, "")
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || api.StatusCode != status || exitCode(err) != 1 || !strings.Contains(advice(err), advised) ||
			!strings.Contains(err.Error(), "No: because") {
			t.Errorf("%d: got %v, advice %q", status, err, advice(err))
		}
	}
}

func TestRun_PrintsHelp(t *testing.T) {
	if stdout, _, err := call(t, "", "-h"); !errors.Is(err, flag.ErrHelp) || !strings.Contains(stdout, "-unified-apis") {
		t.Errorf("got %v, %s", err, stdout)
	}
}
