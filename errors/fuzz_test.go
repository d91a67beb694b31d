package errors

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// Whatever the body of an error response is, its status is kept, its message is
// one bounded line, its detail is lossless, and no method panics.
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
		line := e.Error()
		printable := !strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) })
		if len(line) > 512 || !printable || !strings.HasPrefix(line, "apideck: POST /vault/sessions: ") {
			t.Fatalf("not one line of at most 512 bytes: %d %q", len(line), line)
		}
		checkDetail(t, e.Detail)
	})
}

func checkDetail(t *testing.T, d Detail) {
	var text string
	switch raw := bytes.TrimSpace(d.Raw()); {
	case len(raw) == 0 || string(raw) == "null":
		if d.Text() != "" || d.Fields() != nil {
			t.Fatalf("an absent detail is %q, %v", d.Text(), d.Fields())
		}
	case raw[0] == '"':
		if json.Unmarshal(raw, &text) != nil || d.Text() != text || d.Fields() != nil {
			t.Fatalf("detail %s is %q, %v", raw, d.Text(), d.Fields())
		}
	case raw[0] == '{': // only a number that float64 cannot hold excuses that there are no fields
		if !json.Valid([]byte(d.Text())) || d.Fields() == nil && !bytes.ContainsAny(raw, "eE") {
			t.Fatalf("detail %s is %q, %v", raw, d.Text(), d.Fields())
		}
	}
	var copied Detail
	var encoded bytes.Buffer
	enc := json.NewEncoder(&encoded)
	enc.SetEscapeHTML(false) // json.Marshal would escape & < > within it
	if err := enc.Encode(d); err != nil || json.Unmarshal(encoded.Bytes(), &copied) != nil || copied.Text() != d.Text() {
		t.Fatalf("detail %s became %s, %v", d.Raw(), encoded.Bytes(), err)
	}
	var decoded any
	if err := d.Decode(&decoded); err == nil && d.Raw() == nil && decoded != nil {
		t.Fatalf("an absent detail was decoded to %v", decoded)
	}
}
