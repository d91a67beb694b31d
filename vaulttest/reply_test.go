package vaulttest_test

import (
	"errors"
	"fmt"
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

func TestErrorResponse_HasTheTextsOfTheAPI(t *testing.T) {
	for _, c := range []struct {
		reply    vaulttest.Reply
		status   int
		typeName string
		message  string
	}{
		{vaulttest.RateLimited(0), 429, "TooManyRequestsError", "Too Many Requests"},
		{vaulttest.PlanLimitReached(), 402, "RequestLimitError", "Request Limit Reached"},
		{vaulttest.KeyExpired(), 401, "UnauthorizedError", "Unauthorized Request"},
		{vaulttest.RedirectRejected(), 400, "RequestValidationError", "Invalid Params"},
		{vaulttest.ServerDown(), 503, "ServiceUnavailableError", "Service Unavailable"},
		{vaulttest.ErrorResponse(404), 404, "EntityNotFoundError", "Unknown Entity"},
		{vaulttest.ErrorResponse(422), 422, "InvalidStateError", "Invalid State"},
		{vaulttest.ErrorResponse(500), 500, "UnexpectedError", "Internal Server Error"},
	} {
		_, got, _ := strings.Cut(c.reply.Body, `,"error":`)
		want := fmt.Sprintf(`%q,"message":%q,"ref":"https://developers.apideck.com/errors#%s",`+
			`"status_code":%d,"type_name":%q}`, http.StatusText(c.status), c.message,
			strings.ToLower(c.typeName), c.status, c.typeName)
		equal(t, c.typeName, got, want)
		equal(t, c.typeName, c.reply.Status, c.status)
	}
}

func TestRateLimited_RetryAfterIsInWholeSeconds(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0:                       "",
		time.Second:             "1",
		1500 * time.Millisecond: "2",
	} {
		equal(t, after.String(), vaulttest.RateLimited(after).Header.Get("Retry-After"), want)
	}
}

func TestServerEnqueue_RepliesInOrderByTimesAndConsumer(t *testing.T) {
	vault := newServer(t)
	bound, twice, outage := vaulttest.KeyExpired(), vaulttest.ErrorResponse(422), vaulttest.ServerDown()
	bound.ConsumerID = "account:2"
	twice.Times = 2
	outage.Times = -1 // may be left over
	vault.Enqueue(bound, twice, outage)
	createEach(t, vault, apierrors.ErrUnprocessable, apierrors.ErrUnprocessable,
		apierrors.ErrServer, apierrors.ErrServer)
	err := createOnce(t, vault, facade.WithConsumerID("account:2"))
	equal(t, "account:2 is not authorized", errors.Is(err, apierrors.ErrUnauthorized), true)
	equal(t, "left", vault.Replies(), []vaulttest.Reply{outage})

	vault.ClearReplies()
	createEach(t, vault, nil)
	vault.Enqueue(outage)
}

func TestServer_OnlyRequestsForASessionAreScripted(t *testing.T) {
	faults := []vaulttest.Reply{{}, vaulttest.ServerDown()}
	vault := newServer(t, vaulttest.WithFaults(func() vaulttest.Reply {
		next := faults[0]
		faults = faults[1:]
		return next
	}))
	vault.Enqueue(vaulttest.KeyExpired())
	for _, path := range []string{"/robots.txt", "/vault/connections", "/session/x"} {
		request(t, vault, "GET", path, "")
	}
	createEach(t, vault, apierrors.ErrUnauthorized, nil, apierrors.ErrServer) // the reply, then the faults
}

func TestConnectionCut_InProcessIsAnUnexpectedEOF(t *testing.T) {
	vault := newServer(t)
	vault.Enqueue(vaulttest.ConnectionCut())
	createEach(t, vault, io.ErrUnexpectedEOF)
	equal(t, "status", vault.Requests()[0].Status, 0)
}

// See the comment of cut.
func TestConnectionCut_SendsAStatusAndALength(t *testing.T) {
	vault := vaulttest.NewServer(t)
	vault.Enqueue(vaulttest.ConnectionCut())
	conn, err := net.Dial("tcp", strings.TrimPrefix(vault.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /vault/sessions HTTP/1.1\r\nHost: api\r\n\r\n")
	sent, err := io.ReadAll(conn)
	equal(t, "the response until the end", string(sent), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
	equal(t, "the end", err, nil)
}

func TestReply_IsSentAsIs(t *testing.T) {
	vault := newServer(t)
	header := http.Header{"content-type": {"text/html"}, "Retry-after": {"7"}}
	vault.Enqueue(
		vaulttest.Reply{Status: 502, Header: header, Body: "<h1>Oh</h1>"},
		vaulttest.Reply{Body: `{"ok":true}`},
	)
	for _, want := range []string{
		`502 <h1>Oh</h1> map[Content-Type:[text/html] Retry-After:[7] X-Apideck-Request-Id:[req_1]]`,
		`200 {"ok":true} map[Content-Type:[application/json] X-Apideck-Request-Id:[req_2]]`,
	} {
		w := request(t, vault, "POST", "/vault/sessions", "")
		equal(t, "response", fmt.Sprint(w.Code, " ", w.Body, " ", w.Header()), want)
	}
}

// The server is created and closed outside the bubbles that share it.
func TestReply_DelayAddsToLatency(t *testing.T) {
	vault := newServer(t, vaulttest.WithLatency(2*time.Second))
	for _, c := range []struct {
		reply vaulttest.Reply
		want  time.Duration
	}{
		{reply: vaulttest.Reply{Status: 503, Delay: 3 * time.Second}, want: 5 * time.Second},
		{reply: vaulttest.Reply{Drop: true, Delay: 4 * time.Second}, want: 6 * time.Second},
		{reply: vaulttest.Reply{}, want: 2 * time.Second},
		{reply: vaulttest.Reply{Delay: time.Hour}, want: time.Minute}, // the client's timeout
	} {
		synctest.Test(t, func(t *testing.T) {
			vault.Enqueue(c.reply)
			start := time.Now()
			createOnce(t, vault, facade.WithTimeout(time.Minute))
			equal(t, fmt.Sprintf("%+v", c.reply), time.Since(start), c.want)
		})
	}
}
