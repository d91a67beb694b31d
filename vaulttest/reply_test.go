package vaulttest_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestServer_EnqueueNamedReplies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply    vaulttest.Reply
		sentinel error
		typeName string
	}{
		{vaulttest.RateLimited(0), apierrors.ErrRateLimited, "TooManyRequestsError"},
		{vaulttest.PlanLimitReached(), apierrors.ErrPaymentRequired, "RequestLimitError"},
		{vaulttest.KeyExpired(), apierrors.ErrUnauthorized, "UnauthorizedError"},
		{vaulttest.RedirectRejected(), apierrors.ErrBadRequest, "RequestValidationError"},
		{vaulttest.ServerDown(), apierrors.ErrServer, "UnexpectedError"},
		{vaulttest.ErrorResponse(404), apierrors.ErrNotFound, "EntityNotFoundError"},
		{vaulttest.ErrorResponse(422), apierrors.ErrUnprocessable, "InvalidStateError"},
		{vaulttest.ErrorResponse(429), apierrors.ErrRateLimited, "TooManyRequestsError"},
	} {
		vault := newServer(t)
		vault.Enqueue(c.reply)
		err := createError(t, vault.Client(once()))
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !errors.Is(err, c.sentinel) || api.TypeName != c.typeName || api.Message == "" ||
			api.Detail.Text() == "" || api.RequestID != "req_1" {
			t.Errorf("%d: got %v", c.reply.Status, err)
		}
	}
}

func TestRateLimited_RetryAfterIsInWholeSeconds(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]time.Duration{
		0: 0, time.Second: time.Second, 1500 * time.Millisecond: 2 * time.Second, time.Hour: time.Hour,
	} {
		vault := newServer(t)
		vault.Enqueue(vaulttest.RateLimited(after))
		api, ok := errors.AsType[*apierrors.APIError](createError(t, vault.Client(once())))
		if !ok || api.RetryAfter != want {
			t.Errorf("RateLimited(%v): Retry-After is %v", after, api.RetryAfter)
		}
	}
}

func TestConnectionCut_ClosesNewAndPooledConnections(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault := vaulttest.NewServer(t, opts...)
		client := vault.Client(once())
		for n := 1; n <= 3; n += 2 { // the second cut is on a pooled connection
			vault.Enqueue(vaulttest.ConnectionCut())
			err := createError(t, client)
			e, ok := errors.AsType[*apierrors.TransportError](err)
			if !ok || e.Attempts != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %v", err)
			}
			if got := len(vault.Requests()); got != n {
				t.Errorf("%d requests arrived, want %d", got, n)
			}
			create(t, client, facade.Session{})
		}
	}
}

// Some clients, such as curl, take a closed connection for the end of the headers.
func TestConnectionCut_IsNotAnEmptyResponse(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.ConnectionCut())
	conn, err := net.Dial("tcp", strings.TrimPrefix(vault.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /vault/sessions HTTP/1.1\r\nHost: api\r\nContent-Length: 2\r\n\r\n{}")
	ended := io.MultiReader(conn, strings.NewReader("\r\n"))
	resp, err := http.ReadResponse(bufio.NewReader(ended), nil)
	if err != nil || resp.ContentLength <= 0 {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestReply_IsSentAsIs(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	header := http.Header{"content-type": {"text/html"}, "Retry-after": {"7"}}
	vault.Enqueue(vaulttest.Reply{Status: 502, Header: header, Body: "<h1>Oh</h1>"}, vaulttest.Reply{Body: `{"ok":true}`})
	api, ok := errors.AsType[*apierrors.APIError](createError(t, vault.Client(once())))
	if !ok || api.StatusCode != 502 || api.RetryAfter != 7*time.Second || string(api.Body()) != "<h1>Oh</h1>" ||
		api.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %+v", api)
	}
	resp, body := request(t, vault, "GET", "/", "", nil)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || body != `{"ok":true}` {
		t.Errorf("without a status: %s, %s", resp.Status, body)
	}
}

func TestRateLimited_IsRetriedInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
		start := time.Now()
		resp := create(t, vault.Client(), facade.Session{})
		if took := time.Since(start); resp.Attempts != 3 || took < 20*time.Second || took > 26*time.Second {
			t.Errorf("%d attempts in %v", resp.Attempts, took)
		}
	})
}

func TestReply_DelayAddsToLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := newServer(t, vaulttest.WithLatency(2*time.Second))
		slow := vaulttest.ServerDown()
		slow.Delay = 3 * time.Second
		vault.Enqueue(slow, vaulttest.Reply{Delay: 4 * time.Second, Drop: true}, vaulttest.Reply{Delay: time.Second})
		for _, want := range []time.Duration{5 * time.Second, 6 * time.Second, 3 * time.Second, 2 * time.Second} {
			start := time.Now()
			vault.Client(once()).Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("c"))
			if took := time.Since(start); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
		}
	})
}
