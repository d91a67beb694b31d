package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

// program is the running command.
type program struct {
	t     *testing.T
	url   string
	lines chan string // what it prints
	stop  func() error
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out, in := io.Pipe()
	ended := make(chan error, 1)
	p := &program{t: t, lines: make(chan string, 100), stop: func() error { cancel(); return <-ended }}
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), in)
		in.CloseWithError(err)
		ended <- err
	}()
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	url, ok := strings.CutPrefix(p.line(), "listening on ")
	if !ok {
		t.Fatalf("it does not listen: %v", <-ended)
	}
	p.url = url
	return p
}

func (p *program) line() string {
	p.t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-time.After(10 * time.Second):
		p.t.Fatal("it prints nothing")
		return ""
	}
}

func (p *program) create(opts ...facade.Option) (*facade.CreateSessionResponse, error) {
	p.t.Helper()
	client, err := facade.New(append([]facade.Option{
		facade.WithBaseURL(p.url), facade.WithAPIKey("right"), facade.WithAppID("app"), facade.WithConsumerID("account:1"),
		facade.WithRetries(facade.RetryConfig{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	return client.Vault.Sessions.Create(p.t.Context(), facade.Session{})
}

func TestASessionAndItsPageAreServedAndLoggedWithoutTheToken(t *testing.T) {
	t.Parallel()
	p := start(t)
	resp, err := p.create()
	if err != nil {
		t.Fatal(err)
	}
	if want := p.url + "/session/" + resp.Data.SessionToken; resp.Data.SessionURI != want {
		t.Errorf("session URI %s", resp.Data.SessionURI)
	}
	if line := p.line(); !regexp.MustCompile(`^\d\d:\d\d:\d\d POST "/vault/sessions" 200 consumer="account:1" \d+(ms|s|µs)$`).MatchString(line) {
		t.Errorf("logged %q", line)
	}
	page, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(resp.Data.SessionURI)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if line := p.line(); page.StatusCode != 200 || !strings.Contains(line, `GET "/session/…" 200`) {
		t.Errorf("%d, logged %q", page.StatusCode, line)
	}
	if err := p.stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestOnlyTheKeyAndAppOfTheFlagsAreAccepted(t *testing.T) {
	t.Parallel()
	p := start(t, "-api-key", "right", "-app-id", "app")
	if _, err := p.create(); err != nil {
		t.Error(err)
	}
	for name, opt := range map[string]facade.Option{"key": facade.WithAPIKey("wrong"), "app": facade.WithAppID("wrong")} {
		if _, err := p.create(opt); !errors.Is(err, apierrors.ErrUnauthorized) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestCallsFailAsTheFlagSays(t *testing.T) {
	t.Parallel()
	p := start(t, "-fail", "429:1")
	_, err := p.create()
	if api, ok := errors.AsType[*apierrors.APIError](err); !ok || api.StatusCode != 429 || api.RetryAfter != time.Second {
		t.Errorf("got %v", err)
	}
	p = start(t, "-fail", "drop:1")
	if _, err := p.create(); err == nil {
		t.Error("no error")
	}
	if line := p.line(); !strings.Contains(line, `"/vault/sessions" cut consumer=`) {
		t.Errorf("logged %q", line)
	}
}

func TestItEndsWhileAnAnswerIsHeldBack(t *testing.T) {
	t.Parallel()
	p := start(t, "-latency", "1h")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	answer := bufio.NewReader(conn)
	io.WriteString(conn, "POST /vault/sessions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if line, err := answer.ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err) // the call has not arrived
	}
	io.WriteString(conn, "{}")
	if err := p.stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if rest, err := io.ReadAll(answer); strings.TrimSpace(string(rest)) != "" || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the call is not cut: %s, %v", rest, err)
	}
}

func TestSharesAreThoseOfTheFlag(t *testing.T) {
	t.Parallel()
	var f faults
	if err := f.Set("429:0.1, 503:0.05,drop:0.25"); err != nil {
		t.Fatal(err)
	}
	if got := f.String(); got != "429:0.1,503:0.05,drop:0.25" {
		t.Errorf("printed as %s", got)
	}
	const steps = 10_000
	count := map[int]int{}
	for i := range steps {
		reply, hit := f.pick(float64(i) / steps)
		if hit {
			count[reply.Status]++ // 0 is the cut connection
		}
	}
	for status, want := range map[int]float64{429: 0.1, 503: 0.05, 0: 0.25} {
		if got := float64(count[status]) / steps; math.Abs(got-want) > 0.001 {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
}

func TestMistakesAreOneLine(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, args := range map[string][]string{
		"address already in use (choose another with -addr)": {"-addr", taken.Addr().String()},
		"-latency -1s is negative":                           {"-latency", "-1s"},
		`unexpected argument "x"`:                            {"x"},
		"flag provided but not defined: -nothing":            {"-nothing"},
		"a share from 0 to 1, such as 429:0.1":               {"-fail", "429"},
		`"429:2": want`:                                      {"-fail", "429:2"},
		`"429:NaN": want`:                                    {"-fail", "429:NaN"},
		"the status is 400 to 599, or drop":                  {"-fail", "200:0.1"},
		"the shares add up to 1.2, more than 1":              {"-fail", "500:0.6,503:0.6"},
	} {
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: got %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &out); err == nil || !strings.Contains(out.String(), "-latency") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestListeningEverywhereIsPrintedAsAnAddressThatOpens(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{"0.0.0.0:4010": "localhost:4010", "[::]:4010": "localhost:4010", "127.0.0.1:1": "127.0.0.1:1", "[::1]:2": "[::1]:2"} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := reachable(tcp); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}
