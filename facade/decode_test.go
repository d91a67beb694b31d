package facade

import (
	"net/http"
	"strings"
	"testing"
)

func TestCallDecode(t *testing.T) {
	nested := func(n int) string {
		return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `,"name":"n"}`
	}
	tests := []struct {
		name   string
		status int
		body   string
		reason string // part of the error; "" for a success
	}{
		{"row 19 invalid JSON", 200, `{"name": oops}`, "not JSON"},
		{"row 19 incomplete JSON", 200, `{"name":"n"`, "not JSON"},
		{"row 19 two JSON values", 200, `{"name":"n"}{}`, "not JSON"},
		{"row 20 a captive portal", 200, "<html>", `not JSON (Content-Type "text/html")`},
		{"row 23 no body", 200, "", "the body is empty"},
		{"row 23 204", 204, "", "must be 200 or 201"},
		{"row 24 201", 201, `{"name":"n"}`, ""},
		{"row 24 202", 202, `{"name":"n"}`, "must be 200 or 201"},
		{"row 24 206", 206, `{"name":"n"}`, "must be 200 or 201"},
		{"row 24 properties of another type", 200, `{"other":7,"name":"n","new":[]}`, ""},
		{"row 65 the last of two keys", 200, `{"name":"m","name":"n"}`, ""},
		{"row 65 a key in another case", 200, `{"Name":"n"}`, ""},
		{"row 66 nesting 10001 deep", 200, nested(10001), "not JSON"},
		{"row 66 nesting 9000 deep", 200, nested(9000), ""},
		{"row 93 a byte order mark", 200, "\ufeff" + `{"name":"n"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got struct{ Name, Other string }
			resp := &http.Response{StatusCode: test.status, Header: http.Header{"Content-Type": {"text/html"}}}
			err := (&call{config: config{httpClient: newConnPool(http.DefaultClient)}, body: []byte(test.body)}).decode(resp, &got)
			if test.reason == "" && (err != nil || got.Name != "n") {
				t.Errorf("got %v, %v", got, err)
			}
			if test.reason != "" && (err == nil || !strings.Contains(err.Error(), test.reason)) {
				t.Errorf("got %v, want %q", err, test.reason)
			}
		})
	}
}

func TestSessionsCreate_SuccessWithoutASession(t *testing.T) {
	const noURI = "session_uri is missing"
	for body, reason := range map[string]string{
		"<html>" + testToken: "not JSON", // rows 19 and 20, see TestCallDecode
		`{"error":"m"}`:      noURI,      // row 22
		`null`:               noURI,
		`[]`:                 noURI,
		`{"data":{"session_uri":7,"session_token":"t"}}`: noURI,
	} {
		c := newClient(t, newScript(t, respond(200, body)).option())
		anInvalidResponse(200, reason).check(t, c)
	}
	c := newClient(t, newScript(t, respond(299, sessionJSON)).option())
	anInvalidResponse(299, "must be 200 or 201").check(t, c)
}

func TestNotJSON_NamesTheContentEncoding(t *testing.T) { // row 94
	resp := &http.Response{Header: http.Header{"Content-Encoding": {"br"}}}
	if got := notJSON(resp); got != `the client did not ask for Content-Encoding "br"` {
		t.Errorf("got %q", got)
	}
}
