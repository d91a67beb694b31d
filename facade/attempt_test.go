package facade_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestWithLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := newScript(t, respond(503, `{"message":"body-canary"}`, "X-Apideck-Request-Id", "req_1"), session, session)
		c := newClient(t, s.option(), facade.WithHeader("X-Secret", "header-canary"),
			facade.WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))))
		for _, opts := range [][]facade.Option{nil, {facade.WithLogger(nil)}} { // the second call logs nothing
			if _, err := c.Vault.Sessions.Create(t.Context(), referenceSession(), opts...); err != nil {
				t.Fatal(err)
			}
		}
		checkNoSecret(t, "log", out.String())
		if strings.Contains(out.String(), "header-canary") || strings.Contains(out.String(), "SpaceX") {
			t.Errorf("a header or the session is in the log:\n%s", out.String())
		}
		attempt := "attempt duration host level method msg path request_id status time"
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
	})
}

func TestWithLogger_LongRequestID(t *testing.T) { // row 80
	synctest.Test(t, func(t *testing.T) {
		id := strings.Repeat("r", 200<<10)
		var log strings.Builder
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		err := outcome{status: 503, attempts: 3, max: time.Second}.check(t, newClient(t,
			respond(503, `{"message":"busy"}`, "X-Apideck-Request-Id", id).option(), facade.WithLogger(logger)))
		if e, ok := err.(*apierrors.APIError); !ok || e.RequestID != id {
			t.Error("the error does not have the whole id")
		}
		if n := strings.Count(log.String(), id[:101]); n > 0 || !strings.Contains(log.String(), id[:100]) {
			t.Errorf("%d long request ids in %d bytes of log", n, log.Len())
		}
		// A retry says why.
		const retry = `"level":"WARN".*"error":"apideck: POST /vault/sessions: 503 Service Unavailable: busy `
		if n := len(regexp.MustCompile(retry).FindAllString(log.String(), -1)); n != 2 {
			t.Errorf("%d of 2 retries say why: %.2000s", n, log.String())
		}
	})
}
