package facade

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestWithLogger(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var out bytes.Buffer
		busy := respond(503, `{"message":"busy","ref":"body-canary"}`, "X-Apideck-Request-Id", "req_1")
		c := newClient(t, newScript(t, busy, session).option(), WithHeader("X-Secret", "header-canary"),
			WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		if _, err := c.Vault.Sessions.Create(t.Context(), referenceSession()); err != nil {
			t.Fatal(err)
		}

		checkNoSecret(t, "log", out.String())
		for _, canary := range []string{"header-canary", "body-canary", "SpaceX"} {
			if strings.Contains(out.String(), canary) {
				t.Errorf("%s is in the log:\n%s", canary, out.String())
			}
		}

		const attempt = "attempt duration host level method msg path request_id status time"
		want := []string{
			"DEBUG apideck: attempt: " + attempt,
			"WARN apideck: retry: attempt backoff error host level method msg path request_id status time",
			"DEBUG apideck: attempt: " + attempt,
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			if record["method"] != "POST" || record["host"] != "127.0.0.1:9" || record["path"] != "/vault/sessions" {
				t.Error(line)
			}
			keys := strings.Join(slices.Sorted(maps.Keys(record)), " ")
			got = append(got, fmt.Sprintf("%s %s: %s", record["level"], record["msg"], keys))
		}
		if !slices.Equal(got, want) {
			t.Errorf("logged %q,\nwant   %q", got, want)
		}
		const reason = `"error":"apideck: POST /vault/sessions: 503 Service Unavailable: busy (request id req_1)"`
		if !strings.Contains(out.String(), reason) {
			t.Errorf("the retry does not say why:\n%s", out.String())
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

func TestWithLogger_LongRequestID(t *testing.T) { // row 80
	bubble(t, func(t *testing.T) {
		id := strings.Repeat("r", 200<<10)
		var log strings.Builder
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := newClient(t, respond(503, "", "X-Apideck-Request-Id", id).option(), WithLogger(logger))
		e, ok := anAPIError(503, 3).check(t, c).(*apierrors.APIError)
		if !ok || e.RequestID != id {
			t.Error("the error does not have the whole id")
		}
		if strings.Contains(log.String(), id[:101]) || !strings.Contains(log.String(), id[:100]) {
			t.Errorf("the log has %d bytes", log.Len())
		}
	})
}
