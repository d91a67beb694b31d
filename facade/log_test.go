package facade

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWithLogger(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				switch a.Key {
				case slog.TimeKey:
					return slog.Attr{}
				case "backoff": // is random
					return slog.Bool("backoff", a.Value.Duration() > 0)
				}
				return a
			},
		}))
		busy := respond(503, `{"message":"busy","ref":"of the body"}`, "X-Apideck-Request-Id", "req_1")
		c := newClient(t, newScript(t, busy, session).option(), WithLogger(logger))
		slow := withMiddleware(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
			<-time.After(time.Second)
			return next.RoundTrip(req)
		})
		aSession(2).check(t, c, slow)

		const call = "method=POST host=127.0.0.1:9 path=/vault/sessions"
		const reason = "apideck: POST /vault/sessions: 503 Service Unavailable: busy (request id req_1)"
		want := `level=DEBUG msg="apideck: attempt" ` + call + ` attempt=1 status=503 request_id=req_1 duration=1s
level=WARN msg="apideck: retry" ` + call + ` attempt=1 status=503 request_id=req_1 backoff=true error="` + reason + `"
level=DEBUG msg="apideck: attempt" ` + call + ` attempt=2 status=200 request_id="" duration=1s
`
		if log.String() != want {
			t.Errorf("logged\n%s\nwant\n%s", &log, want)
		}
	})
}

func TestWithLogger_Nil(t *testing.T) {
	var out bytes.Buffer
	c := newClient(t, session.option(), WithLogger(slog.New(slog.NewTextHandler(&out, nil))))
	aSession(1).check(t, c, WithLogger(nil))
	if out.Len() > 0 {
		t.Errorf("logged %s", &out)
	}
}

func TestWithLogger_NoRetryOfACanceledCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	c := newClient(t, roundTripFunc(func(req *http.Request) (*http.Response, error) {
		cancel()
		return down(req)
	}).option(), WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	err := aTransportError(1, "503").checkContext(ctx, t, c)
	checkIs(t, err, context.Canceled)
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
}

func TestShortID(t *testing.T) { // row 80
	id := strings.Repeat("r", 100)
	if shortID(id) != id || shortID(id+"r") != id {
		t.Error("it does not have 100 bytes")
	}
}
