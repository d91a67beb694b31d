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

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const reference = `{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com","image":"https://www.spacex.com/static/images/share.jpg"},
 "redirect_uri":"https://mysaas.com/dashboard",
 "settings":{"unified_apis":["crm"],"session_length":"30m"},
 "custom_consumer_settings":{"feature_flag_1":true}}`

// useServer points the program at a stand-in through its environment.
func useServer(t *testing.T) *vaulttest.Server {
	server := vaulttest.NewServer(t)
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "app")
	t.Setenv(facade.EnvBaseURL, server.URL)
	return server
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMainJobRunsWithoutCredentials(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "")
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), nil, nil, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"session URI: http://127.0.0.1:", "/session/", "expires:     20", "request id:  req_1"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is not in %s", want, stdout.String())
		}
	}
	if line := stderr.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, "using the stand-in API") {
		t.Errorf("said %q", line)
	}
}

func TestSessionFileAndFlagsReachTheAPI(t *testing.T) {
	server := useServer(t)
	file := filepath.Join(t.TempDir(), "session.json")
	if err := os.WriteFile(file, []byte(reference), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-session", file, "-consumer", "account:12345", "-app", "other-app"}, nil, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-session", "-", "-redirect-uri", "https://a/b", "-unified-apis", "hris, ats", "-length", "2h"}, strings.NewReader(reference), &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	if got := requests[0].Header; got.Get("x-apideck-consumer-id") != "account:12345" || got.Get("x-apideck-app-id") != "other-app" {
		t.Errorf("%v", got)
	}
	if got, want := decoded(t, requests[0].Body), decoded(t, []byte(reference)); !reflect.DeepEqual(got, want) {
		t.Errorf("sent %s", requests[0].Body)
	}
	for _, want := range []string{`"redirect_uri":"https://a/b"`, `"unified_apis":["hris","ats"]`, `"session_length":"2h"`, `"feature_flag_1":true`} {
		if !strings.Contains(string(requests[1].Body), want) {
			t.Errorf("%s is not in %s", want, requests[1].Body)
		}
	}
	if stderr.Len() != 0 {
		t.Errorf("said %q", stderr.String())
	}
}

func TestBadInputIsOneClearLineAndExitCode2(t *testing.T) {
	server := useServer(t)
	for _, test := range []struct {
		args  []string
		stdin string
		says  string
	}{
		{[]string{"-x"}, "", "-x"},
		{[]string{"extra"}, "", "unexpected argument"},
		{[]string{"-length", "soon"}, "", "soon"},
		{[]string{"-length", "-1h"}, "", "settings.session_length"},
		{[]string{"-length", "200h"}, "", "one week"},
		{[]string{"-unified-apis", "cmr"}, "", "settings.unified_apis[0]"},
		{[]string{"-consumer", "a "}, "", "WithConsumerID"},
		{[]string{"-session", "/does/not/exist"}, "", "no such file"},
		{[]string{"-session", "-"}, "", "is empty"},
		{[]string{"-session", "-"}, "{", "EOF"},
		{[]string{"-session", "-"}, `{"session_url":"x"}`, "session_url"},
		{[]string{"-session", "-"}, `{"settings":{"show_logs":"no"}}`, "show_logs"},
		{[]string{"-session", "-"}, `{} {}`, "more than one"},
	} {
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), test.args, strings.NewReader(test.stdin), &stdout, &stderr)
		if err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), test.says) || strings.Contains(oneLine(err), "\n") {
			t.Errorf("%v: got %v", test.args, err)
		}
		if stdout.Len()+stderr.Len() > 0 {
			t.Errorf("%v: also said %s%s", test.args, stdout.String(), stderr.String())
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestIncompleteEnvironmentIsExitCode2(t *testing.T) {
	t.Setenv(facade.EnvAPIKey, "key")
	t.Setenv(facade.EnvAppID, "")
	var out bytes.Buffer
	if err := run(t.Context(), nil, nil, &out, &out); err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), facade.EnvAppID) {
		t.Errorf("got %v", err)
	}
}

func TestRefusalOfTheAPIComesWithAdviceAndExitCode1(t *testing.T) {
	server := useServer(t)
	for status, advised := range map[int]string{
		400: "register it",
		401: "Check APIDECK_API_KEY",
		402: "plan's limit",
		429: "try again later",
		404: "because",
	} {
		server.Enqueue(vaulttest.Reply{Status: status, Header: map[string][]string{"Retry-After": {"60"}}, Body: `{"message":"No","detail":"because"}`})
		var out bytes.Buffer
		err := run(t.Context(), nil, nil, &out, &out)
		if err == nil || exitCode(err) != 1 || !strings.Contains(err.Error(), "No") || !strings.Contains(advice(err), advised) {
			t.Errorf("%d: got %v, advice %q", status, err, advice(err))
		}
	}
}

func TestHelpIsNoError(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, nil, &stdout, &stderr); !errors.Is(err, flag.ErrHelp) || !strings.Contains(stdout.String(), "-unified-apis") {
		t.Errorf("got %v, %s", err, stdout.String())
	}
}
