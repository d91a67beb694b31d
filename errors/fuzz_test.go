package errors

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Whatever the body of an error response is, its status is kept, its message is
// one bounded line, and its detail is lossless.
func FuzzAPIError(f *testing.F) {
	for _, body := range []string{"", "null", "[]", "1", "<html>502 Bad Gateway</html>", `{"message":"a\u0000b\nc"}`,
		`{"status_code":401,"error":"E","type_name":"T","message":"M","detail":"D","ref":"https://x"}`,
		`{"detail":{"a":[1,2.50,1e400]},"downstream_errors":[{"message":"m","detail":"d","code":"c"}]}`,
		`{"message":1,"detail":[],"downstream_errors":{}}`, `{"detail":"a","DETAIL":{"b":null}}`, `{"detail":null}`,
		`{"detail": {"k" : "\ud800"} }`, `{"detail":"<&>"}`, "{\"message\":\"\xff\xfe\"}",
		`{"message":"` + strings.Repeat("é", 400) + `"}`} {
		f.Add(422, body, "req_1", 3, "no time")
	}
	f.Add(0, "", "\r\n", -1, "\x7f")
	long := strings.Repeat("x", 300) // all parts at once
	f.Add(500, `{"message":"`+long+`","type_name":"`+long+`"}`, long, 1000000, long)

	f.Fuzz(func(t *testing.T, status int, body, id string, attempts int, notRetried string) {
		e := NewAPIError("POST /vault/sessions", attempts, response(status, id), []byte(body))
		e.NotRetried = notRetried
		if e.StatusCode != status || string(e.Body()) != body || e.RequestID != id {
			t.Fatalf("status %d, body %q, id %q became %d, %q, %q", status, body, id, e.StatusCode, e.Body(), e.RequestID)
		}
		checkLine(t, e.Error())
		checkDetail(t, e.Detail)
	})
}

func checkDetail(t *testing.T, d Detail) {
	t.Helper()
	if d.Text() != "" && d.Raw() == nil {
		t.Fatalf("an absent detail is %q", d.Text())
	}
	isObject := bytes.HasPrefix(bytes.TrimSpace(d.Raw()), []byte("{"))
	if d.Fields() != nil && !isObject {
		t.Fatalf("detail %s has the fields %v", d.Raw(), d.Fields())
	}

	var encoded bytes.Buffer
	enc := json.NewEncoder(&encoded)
	enc.SetEscapeHTML(false) // json.Marshal would escape & < > within it
	var copied Detail
	if err := errors.Join(enc.Encode(d), json.Unmarshal(encoded.Bytes(), &copied)); err != nil {
		t.Fatalf("detail %s: %v", d.Raw(), err)
	}
	if copied.Text() != d.Text() {
		t.Fatalf("detail %s became %s", d.Raw(), encoded.Bytes())
	}
}
