package contract

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// validHeader has the headers that the contract requires.
var validHeader = http.Header{
	"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
	"Content-Type": {"application/json"}, "Accept": {"application/json"},
}

// Users test against the stand-in, so that its responses, including error
// responses, must conform to the contract.
func TestServer_ResponsesConformToTheContract(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t)
	// call checks the response to a request with validHeader, one of whose values
	// may be replaced.
	call := func(name, header, value, body string, status int) {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/vault/sessions", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = validHeader.Clone()
			if header != "" {
				req.Header.Set(header, value)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			says := strings.Contains(string(text), fmt.Sprintf(`"status_code":%d`, status))
			if err != nil || resp.StatusCode != status || !says {
				t.Fatalf("%d %s, %v; want %d", resp.StatusCode, text, err, status)
			}
			// The contract must accept each body that the stand-in accepts. Of other
			// requests, only the response is checked.
			e := exchange{Method: "POST", URL: c.doc.Servers[0].URL + "/vault/sessions",
				Header: validHeader, Body: []byte(`{}`),
				Status: resp.StatusCode, ReplyHeader: resp.Header, ReplyBody: text}
			if status == http.StatusOK && body != "" {
				e.Body = []byte(body)
			}
			if err := c.check(e); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
	call("empty session", "", "", `{}`, 200)
	call("no body", "", "", ``, 200)
	call("every action hidden", "", "", `{"settings":{"allow_actions":[]}}`, 200)
	call("no key", "Authorization", "", `{}`, 401)
	call("another scheme", "Authorization", "Basic a2V5", `{}`, 401)
	call("no app id", "X-Apideck-App-Id", "", `{}`, 400)
	call("no consumer id", "X-Apideck-Consumer-Id", "", `{}`, 400)
	call("no content type", "Content-Type", "", `{}`, 400)
	call("invalid JSON", "", "", `{`, 400)
	call("wrong type", "", "", `{"redirect_uri":1}`, 400)
	call("session_length too long", "", "", `{"settings":{"session_length":"8d"}}`, 400)

	// The scripted replies must conform too.
	replies := map[string]vaulttest.Reply{
		"RateLimited": vaulttest.RateLimited(time.Second), "PlanLimitReached": vaulttest.PlanLimitReached(),
		"KeyExpired": vaulttest.KeyExpired(), "RedirectRejected": vaulttest.RedirectRejected(),
		"ServerDown": vaulttest.ServerDown(),
	}
	for _, status := range []int{400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, 504} {
		replies[fmt.Sprintf("ErrorResponse(%d)", status)] = vaulttest.ErrorResponse(status)
	}
	for name, reply := range replies {
		server.Enqueue(reply)
		call(name, "", "", `{}`, reply.Status)
	}
}
