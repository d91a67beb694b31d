package vaulttest_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestServerEnqueue_NamedRepliesAreErrorsOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply    vaulttest.Reply
		is       error
		typeName string
		message  string
	}{
		{reply: vaulttest.RateLimited(0), is: apierrors.ErrRateLimited, typeName: "TooManyRequestsError", message: "Too Many Requests"},
		{reply: vaulttest.PlanLimitReached(), is: apierrors.ErrPaymentRequired, typeName: "RequestLimitError", message: "Request Limit Reached"},
		{reply: vaulttest.KeyExpired(), is: apierrors.ErrUnauthorized, typeName: "UnauthorizedError", message: "Unauthorized Request"},
		{reply: vaulttest.RedirectRejected(), is: apierrors.ErrBadRequest, typeName: "RequestValidationError", message: "Invalid Params"},
		{reply: vaulttest.ServerDown(), is: apierrors.ErrServer, typeName: "ServiceUnavailableError", message: "Service Unavailable"},
		{reply: vaulttest.ErrorResponse(400), is: apierrors.ErrBadRequest, typeName: "RequestValidationError", message: "Invalid Params"},
		{reply: vaulttest.ErrorResponse(404), is: apierrors.ErrNotFound, typeName: "EntityNotFoundError", message: "Unknown Entity"},
		{reply: vaulttest.ErrorResponse(422), is: apierrors.ErrUnprocessable, typeName: "InvalidStateError", message: "Invalid State"},
		{reply: vaulttest.ErrorResponse(500), is: apierrors.ErrServer, typeName: "UnexpectedError", message: "Internal Server Error"},
	} {
		vault := newServer(t)
		vault.Enqueue(c.reply)
		err := createOnce(t, vault)
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !errors.Is(err, c.is) || api.TypeName != c.typeName || api.Message != c.message {
			t.Errorf("%d: got %v", c.reply.Status, err)
			continue
		}
		detail := api.Detail.Text() != "" || api.Detail.Fields()["redirect_uri"] != nil
		if !detail || api.RequestID != "req_1" || api.RequestID != vault.Requests()[0].ID {
			t.Errorf("%d: no detail or request id in %v", c.reply.Status, err)
		}
	}
}

func TestServerEnqueue_RepliesInOrderByTimesAndConsumer(t *testing.T) {
	t.Parallel()
	vault := newServer(t)
	bound, twice, outage := vaulttest.KeyExpired(), vaulttest.ErrorResponse(422), vaulttest.ServerDown()
	bound.ConsumerID = "account:2"
	twice.Times = 2
	outage.Times = -1 // may be left over
	vault.Enqueue(bound, twice, outage)
	wantErrors(t, vault, apierrors.ErrUnprocessable, apierrors.ErrUnprocessable, apierrors.ErrServer, apierrors.ErrServer)
	if err := createOnce(t, vault, facade.WithConsumerID("account:2")); !errors.Is(err, apierrors.ErrUnauthorized) {
		t.Errorf("account:2: %v", err)
	}
	if left := vault.Replies(); len(left) != 1 || left[0].Status != 503 {
		t.Errorf("left: %+v", left)
	}
	vault.ClearReplies()
	wantErrors(t, vault, nil)
	vault.Enqueue(outage)
}

func TestServer_OnlyRequestsForASessionAreScripted(t *testing.T) {
	t.Parallel()
	faults := []vaulttest.Reply{{}, vaulttest.ServerDown()}
	vault := newServer(t, vaulttest.WithFaults(func() vaulttest.Reply {
		next := faults[0]
		faults = faults[1:]
		return next
	}))
	vault.Enqueue(vaulttest.KeyExpired())
	for _, path := range []string{"/robots.txt", "/vault/connections", "/session/x", "/"} {
		request(t, vault, "GET", path, "", goodHeader())
	}
	wantErrors(t, vault, apierrors.ErrUnauthorized, nil, apierrors.ErrServer) // the reply, then the faults
}

func TestRateLimited_RetryAfterIsInWholeSeconds(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{0: "", time.Second: "1", 1500 * time.Millisecond: "2", time.Hour: "3600"} {
		if got := vaulttest.RateLimited(after).Header.Get("Retry-After"); got != want {
			t.Errorf("RateLimited(%v): %q", after, got)
		}
	}
}

func TestConnectionCut_ClosesNewAndPooledConnections(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault := vaulttest.NewServer(t, opts...)
		once := facade.WithRetries(facade.RetryConfig{MaxAttempts: 1})
		client := vault.Client(once, facade.WithConsumerID("account:1"))
		cut := vaulttest.ConnectionCut()
		cut.Times = 2 // of a call on a used connection, the client repeats the first at once
		for range 2 {
			vault.Enqueue(cut)
			_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{})
			if !errors.As(err, new(*apierrors.TransportError)) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %v", err)
			}
			if status := vault.Requests()[0].Status; status != 0 {
				t.Errorf("the request has status %d", status)
			}
			vault.ClearReplies()
			create(t, client, facade.Session{})
		}
		client.CloseIdleConnections()
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
	resp, body := request(t, vault, "POST", "/vault/sessions", "", nil)
	if resp.StatusCode != 502 || body != "<h1>Oh</h1>" || resp.Header.Get("Content-Type") != "text/html" ||
		resp.Header.Get("Retry-After") != "7" {
		t.Errorf("%s, %v, %s", resp.Status, resp.Header, body)
	}
	resp, body = request(t, vault, "POST", "/vault/sessions", "", nil)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || body != `{"ok":true}` {
		t.Errorf("without a status: %s, %s", resp.Status, body)
	}
}

func TestRateLimited_IsRetriedInVirtualTime(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		vault := newServer(t)
		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
		start := time.Now()
		create(t, vault.Client(), facade.Session{})
		if took := time.Since(start); len(vault.Requests()) != 3 || took < 20*time.Second || took > 26*time.Second {
			t.Errorf("%d requests in %v", len(vault.Requests()), took)
		}
	})
}

func TestReply_DelayAddsToLatency(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		vault := newServer(t, vaulttest.WithLatency(2*time.Second))
		for _, c := range []struct {
			reply vaulttest.Reply
			want  time.Duration
		}{
			{reply: vaulttest.Reply{Status: 503, Delay: 3 * time.Second}, want: 5 * time.Second},
			{reply: vaulttest.Reply{Drop: true, Delay: 4 * time.Second}, want: 6 * time.Second},
			{reply: vaulttest.Reply{Delay: time.Second}, want: 3 * time.Second},
			{reply: vaulttest.Reply{}, want: 2 * time.Second},
		} {
			vault.Enqueue(c.reply)
			start := time.Now()
			createOnce(t, vault)
			if took := time.Since(start); took != c.want {
				t.Errorf("%+v took %v, want %v", c.reply, took, c.want)
			}
		}
	})
}
