package main

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

func TestAdmin(t *testing.T) {
	t.Parallel()
	m := start(t)
	const replies, connections = "/__admin/replies", "/__admin/connections?consumer_id=account:1"
	for _, c := range []struct {
		request string // method and path
		data    string
		status  int
		body    string
	}{
		{request: "GET " + replies, status: 200, body: "[]\n"},
		{request: "POST " + replies, data: `[{"status": 503, "times": 2}, {"consumer_id": "a"}]`, status: 200},
		{request: "POST /vault/sessions", data: "{}", status: 503},
		{
			request: "GET " + replies,
			status:  200,
			body:    `"times":1,"delay":"0s"},{"times":1,"consumer_id":"a","delay":"0s"}]`,
		},
		{request: "DELETE " + replies, status: 200},
		{request: "GET " + replies, status: 200, body: "[]\n"},
		{request: "GET /__admin/requests", status: 200, body: `[{"id":"req_1","time":"20`},
		{request: "GET /__admin/requests", status: 200, body: `"status":503,"body":"{}"}]`},

		{request: "GET " + connections, status: 200, body: "[]\n"},
		{
			request: "PUT " + connections,
			data:    `[{"unified_api": "crm", "service_id": "a", "state": "invalid"}]`,
			status:  200,
		},
		{
			request: "GET " + connections,
			status:  200,
			body:    `[{"unified_api":"crm","service_id":"a","name":"A","state":"invalid","enabled":true}]`,
		},

		{request: "POST /__admin/reset", status: 200},
		{request: "GET /__admin/requests", status: 200, body: "[]\n"},

		{request: "POST " + replies, data: `{}`, status: 400, body: "the body must be a JSON array"},
		{request: "POST " + replies, data: `[{}, 429]`, status: 400, body: "element 1: it cannot be a"},
		{request: "GET " + replies, status: 200, body: "[]\n"},
		{request: "PUT " + connections, data: `[{}]`, status: 400, body: "element 0: unified_api, "},
		{request: "GET /__admin/connections", status: 400, body: "consumer_id is required"},
		{request: "POST /__admin/clock", data: "advance=soon", status: 400, body: "advance must be a duration"},
		{request: "PATCH /__admin/clock", status: 404, body: "no such path or method"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		status, body := m.request(method, path, c.data)
		if status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s %s: %d %s", c.request, c.data, status, body)
		}
	}
}

func TestAdmin_ClockLetsASessionExpireUntilReset(t *testing.T) {
	t.Parallel()
	m := start(t)
	session := m.session()
	m.request("POST", "/__admin/clock", "advance=61m")
	if status, _ := m.request("GET", session, ""); status != http.StatusGone {
		t.Errorf("after an hour: %d", status)
	}
	m.request("POST", "/__admin/reset", "")
	if status, _ := m.request("GET", session, ""); status != http.StatusOK {
		t.Errorf("after the reset: %d", status)
	}
}

func TestAdmin_NeedsTheTokenOrThisMachine(t *testing.T) {
	t.Parallel()
	const local = "127.0.0.1:1"
	for _, c := range []struct {
		token   string // of the flag
		proxied bool
		peer    string
		host    string
		header  string // and its value
		status  int
	}{
		{peer: local, host: "localhost:4010", status: 404},
		{peer: local, host: "127.0.0.1", status: 404},
		{peer: "[::1]:1", host: "[::1]:4010", status: 404},
		{peer: "172.17.0.1:1", host: "localhost:4010", status: 401},
		{peer: local, host: "evil.example", status: 401}, // resolves to 127.0.0.1
		{peer: local, host: "localhost", proxied: true, status: 401},
		{peer: local, host: "localhost", header: "X-Forwarded-For: 10.0.0.1", status: 401},
		{peer: local, host: "localhost", header: "Forwarded: for=10.0.0.1", status: 401},
		{peer: local, host: "localhost", header: "Via: 1.1 proxy", status: 401},
		{peer: local, host: "localhost", header: "Sec-Fetch-Site: cross-site", status: 403},
		{peer: local, host: "localhost", token: "secret", status: 401},
		{peer: local, host: "localhost", token: "secret", header: "Authorization: Bearer other", status: 401},
		{peer: "172.17.0.1:1", token: "secret", header: "Authorization: Bearer secret", status: 404},
	} {
		r := httptest.NewRequest("POST", "/__admin/nothing", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		name, value, _ := strings.Cut(c.header, ": ")
		r.Header.Set(name, value)
		w := httptest.NewRecorder()
		m := &mock{token: c.token, proxied: c.proxied}
		m.handler().ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}

func TestParseReply(t *testing.T) {
	t.Parallel()
	header := http.Header{"Retry-After": {"7"}}
	for text, want := range map[string]vaulttest.Reply{
		`{}`:              {},
		`{"status": 200}`: {Status: 200},
		`{"status": 399}`: {Status: 399},
		`{"status": 400}`: vaulttest.ErrorResponse(400),
		`{"status": 599}`: vaulttest.ErrorResponse(599),
		`{"status": 429}`: vaulttest.RateLimited(time.Second),
		`{"status": 503, "header": {"Retry-After": ["7"]}, "body": "", "delay": "1.5s"}`: {
			Status: 503, Header: header, Delay: 1500 * time.Millisecond,
		},
		`{"drop": true, "times": -1, "consumer_id": "a"}`: {Drop: true, Times: -1, ConsumerID: "a"},
	} {
		got, err := parseReply([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}

func TestParseReply_SaysWhatIsWrongWithJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"status": 199}`:      "status must be 200 to 599",
		`{"status": 600}`:      "status must be 200 to 599",
		`{"status": "503"}`:    "status cannot be a JSON string",
		`{"stauts": 429}`:      `unknown field "stauts"`,
		`{"delay": "soon"}`:    `delay must be a duration, such as "1.5s"`,
		`{"header": {"A": 7}}`: "header", // and ".A" from Go 1.27 on
	} {
		_, err := parseReply([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "vaulttest") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestParseConnection(t *testing.T) {
	t.Parallel()
	for text, isValid := range map[string]bool{
		`{"unified_api": "crm", "service_id": "a", "state": "added"}`:                   true,
		`{"unified_api": "crm", "service_id": "a", "state": "added", "enabled": false}`: true,
		`{"service_id": "a", "state": "added"}`:                                         false,
		`{"unified_api": "crm", "state": "added"}`:                                      false,
		`{"unified_api": "crm", "service_id": "a", "state": "ok"}`:                      false,
		`{"unified_api": 7}`: false,
	} {
		c, err := parseConnection([]byte(text))
		if (err == nil) != isValid || c.Enabled == strings.Contains(text, "enabled") {
			t.Errorf("%s: got %+v, %v", text, c, err)
		}
	}
}
