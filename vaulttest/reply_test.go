package vaulttest_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestScriptedRefusalsAreTheErrorsTheyAreNamedAfter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply    vaulttest.Reply
		sentinel error
		typeName string
	}{
		{vaulttest.RateLimited(0), apierrors.ErrRateLimited, "TooManyRequestsError"},
		{vaulttest.PlanLimitReached(), apierrors.ErrPaymentRequired, "RequestLimitError"},
		{vaulttest.KeyExpired(), apierrors.ErrUnauthorized, "UnauthorizedError"},
		{vaulttest.RedirectRefused(), apierrors.ErrBadRequest, "RequestValidationError"},
		{vaulttest.ServerDown(), apierrors.ErrServer, "UnexpectedError"},
		{vaulttest.Refused(400), apierrors.ErrBadRequest, "RequestValidationError"},
		{vaulttest.Refused(401), apierrors.ErrUnauthorized, "UnauthorizedError"},
		{vaulttest.Refused(402), apierrors.ErrPaymentRequired, "RequestLimitError"},
		{vaulttest.Refused(404), apierrors.ErrNotFound, "EntityNotFoundError"},
		{vaulttest.Refused(422), apierrors.ErrUnprocessable, "InvalidStateError"},
		{vaulttest.Refused(429), apierrors.ErrRateLimited, "TooManyRequestsError"},
		{vaulttest.Refused(504), apierrors.ErrServer, "UnexpectedError"},
	} {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(c.reply)
		err := createError(t, vault.Client(once()))
		api, ok := errors.AsType[*apierrors.APIError](err)
		if !ok || !errors.Is(err, c.sentinel) || api.TypeName != c.typeName || api.Message == "" || api.Detail.Text() == "" || api.RequestID != "req_1" {
			t.Errorf("%d: got %v", c.reply.Status, err)
		}
	}
}

func TestARateLimitSaysHowLongToWaitInWholeSeconds(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]time.Duration{
		0: 0, time.Second: time.Second, 1500 * time.Millisecond: 2 * time.Second, time.Hour: time.Hour,
	} {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		vault.Enqueue(vaulttest.RateLimited(after))
		api, ok := errors.AsType[*apierrors.APIError](createError(t, vault.Client(once())))
		if !ok || api.RetryAfter != want {
			t.Errorf("RateLimited(%v): Retry-After is %v", after, api.RetryAfter)
		}
	}
}

func TestAConnectionIsCutWithAndWithoutASocket(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]vaulttest.Option{nil, {vaulttest.InProcess()}} {
		vault := vaulttest.NewServer(t, opts...)
		vault.Enqueue(vaulttest.ConnectionCut())
		err := createError(t, vault.Client(once()))
		if _, ok := errors.AsType[*apierrors.TransportError](err); !ok || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("not a cut connection: %v", err)
		}
	}
}

func TestAScriptedReplyIsSentAsItIs(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess())
	vault.Enqueue(vaulttest.Reply{Status: 502, Header: http.Header{"content-type": {"text/html"}, "Retry-after": {"7"}}, Body: "<h1>Bad Gateway</h1>"})
	api, ok := errors.AsType[*apierrors.APIError](createError(t, vault.Client(once())))
	if !ok || api.StatusCode != 502 || api.RetryAfter != 7*time.Second || string(api.Body()) != "<h1>Bad Gateway</h1>" || api.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %+v", api)
	}
}

func TestADelayedReplyComesAfterItsDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := vaulttest.NewServer(t, vaulttest.InProcess())
		slow := vaulttest.ServerDown()
		slow.Delay = 3 * time.Second
		vault.Enqueue(slow, vaulttest.Reply{Delay: 4 * time.Second, Drop: true})
		for _, want := range []time.Duration{3 * time.Second, 4 * time.Second} {
			start := time.Now()
			createError(t, vault.Client(once()))
			if took := time.Since(start); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
		}
	})
}

func TestPagesNeitherUseTheScriptNorCountAsRequests(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t, vaulttest.InProcess(), vaulttest.WithLatency(0))
	uri := create(t, vault.Client(), facade.Session{}).Data.SessionURI
	vault.Enqueue(vaulttest.ServerDown())
	resp, err := (&http.Client{Transport: vault}).Get(uri)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	if n := len(vault.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	createError(t, vault.Client(once()))
}

func TestACutIsNoticedOnAPooledConnectionToo(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	client := vault.Client(once())
	create(t, client, facade.Session{})
	vault.Enqueue(vaulttest.ConnectionCut())
	err := createError(t, client)
	if e, ok := errors.AsType[*apierrors.TransportError](err); !ok || e.Attempts != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if n := len(vault.Requests()); n != 2 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestAStatusThatIsNoneIsRefusedWhenItIsScripted(t *testing.T) {
	t.Parallel()
	vault := vaulttest.NewServer(t)
	defer func() {
		if recover() == nil {
			t.Error("status 7 was taken")
		}
	}()
	vault.Enqueue(vaulttest.Reply{Status: 7})
}
