package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

// start runs the program and returns the address that it prints.
func start(t *testing.T, args ...string) (address string, stop func() error) {
	t.Helper()
	for _, variable := range []string{facade.EnvAPIKey, facade.EnvAppID, facade.EnvConsumerID, facade.EnvBaseURL} {
		t.Setenv(variable, "")
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, in, io.Discard)
		in.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "open ")), func() error { cancel(); return <-ended }
}

func TestTheWholeFlowRunsWithoutAnAccountAndEndsCleanly(t *testing.T) {
	address, stop := start(t, "-addr", "127.0.0.1:0")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, step := range []struct{ path, body, want string }{
		{"/signin", "customer=1002", "Good to see you, Emil Lund"},
		{"/integrations", "", `href="` + address + `/integrations/done"`}, // the hosted page, behind a redirect
	} {
		resp, err := client.Post(address+step.path, "application/x-www-form-urlencoded", strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), step.want) {
			t.Errorf("%s: %d: %s", step.path, resp.StatusCode, body)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := client.Get(address); err == nil {
		t.Error("still answering")
	}
}

func TestATakenPortIsOneLine(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = run(t.Context(), []string{"-addr", taken.Addr().String()}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "address already in use (choose another with -addr)") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestBadFlagsAreOneLineAndHelpIsHelp(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"-nothing"}, io.Discard, io.Discard); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &out, io.Discard); err == nil || !strings.Contains(out.String(), "-addr") {
		t.Errorf("%v: %s", err, out.String())
	}
}
