package facade_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/apideck-community/vault-go/facade"
)

func TestLogHoldsWhatIsAllowedAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		answers := []*http.Response{answer(503, `{"message":"body-canary"}`), answer(200, sessionJSON)}
		answers[0].Header.Set("x-apideck-request-id", "req_1")
		client := newClient(t,
			facade.WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))),
			facade.WithRetries(facade.DefaultRetryConfig()),
			facade.WithHeader("X-Secret", "header-canary"),
			facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				next := answers[0]
				answers = answers[1:]
				return next, nil
			})}))
		if _, err := client.Vault.Sessions.Create(t.Context(), referenceSession()); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", testApp, testConsumer, "SpaceX", "tok"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%q is in the log:\n%s", secret, out.String())
			}
		}
		allowed := []string{"attempt", "duration", "host", "level", "method", "msg", "path", "request_id", "status", "time", "wait"}
		var messages []string
		for line := range strings.Lines(out.String()) {
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			for _, key := range slices.Sorted(maps.Keys(record)) {
				if !slices.Contains(allowed, key) {
					t.Errorf("%s is logged", key)
				}
			}
			if record["method"] != "POST" || record["host"] != "unify.apideck.com" || record["path"] != "/vault/sessions" {
				t.Errorf("%s", line)
			}
			messages = append(messages, record["level"].(string)+" "+record["msg"].(string))
		}
		if got, want := strings.Join(messages, ", "), "DEBUG apideck: attempt, WARN apideck: retry, DEBUG apideck: attempt"; got != want {
			t.Errorf("logged %s, want %s", got, want)
		}
	})
}

func TestNilLoggerSwitchesLoggingOff(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, 200, nil, sessionJSON, facade.WithLogger(slog.Default()))
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithLogger(nil)); err != nil {
		t.Error(err)
	}
}
