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

// The stand-in speaks for the API in other people's tests, so that its responses
// must be those of the contract, error responses too.
func TestServer_RespondsAsTheContractSays(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t)
	valid := http.Header{
		"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
		"Content-Type": {"application/json"}, "Accept": {"application/json"},
	}
	// call checks the response to a request, which is valid unless one of its
	// header values is replaced.
	call := func(name, header, value, body string, status int) {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/vault/sessions", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = valid.Clone()
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
			// What the stand-in accepts, the contract accepts. Another request
			// finds the route by a valid body.
			e := exchange{Method: "POST", URL: c.doc.Servers[0].URL + "/vault/sessions", Header: valid, Body: []byte(`{}`),
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
	call("no JSON", "", "", `{`, 400)
	call("wrong type", "", "", `{"redirect_uri":1}`, 400)
	call("wrong length", "", "", `{"settings":{"session_length":"8d"}}`, 400)

	// The scripted replies are responses of the API too.
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
