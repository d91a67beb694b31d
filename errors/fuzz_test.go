package errors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Whatever the body of a refusal is, its status is kept, its message is fit for
// a log, its detail is lossless, and no method panics.
func FuzzAPIError(f *testing.F) {
	for _, body := range []string{"", "null", "[]", "1", "<html>502 Bad Gateway</html>", `{"message":"a\u0000b\nc"}`,
		`{"status_code":401,"error":"Unauthorized","type_name":"UnauthorizedError","message":"Unauthorized Request","detail":"Missing","ref":"https://x"}`,
		`{"detail":{"a":[1,2.50,1e400]},"downstream_errors":[{"message":"m","detail":"d","code":"c"}]}`,
		`{"message":1,"detail":[],"downstream_errors":{}}`, `{"detail":"a","DETAIL":{"b":null}}`, `{"detail":null}`, `{"detail": {"k" : "\ud800"} }`,
		`{"message":"` + strings.Repeat("é", 400) + `"}`, "{\"message\":\"\xff\xfe\"}"} {
		f.Add(422, body, "req_1", 3, "retry budget spent")
	}
	f.Add(0, "", "\r\n", -1, "\x7f")
	long := strings.Repeat("x", 300) // all parts at once
	f.Add(500, `{"message":"`+long+`","type_name":"`+long+`"}`, long, 1000000, long)
	f.Fuzz(func(t *testing.T, status int, body, id string, attempts int, notRetried string) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"X-Apideck-Request-Id": {id}}}
		e := NewAPIError("POST /vault/sessions", resp, []byte(body))
		e.Attempts, e.NotRetried = attempts, notRetried
		if e.StatusCode != status || string(e.Body()) != body || e.RequestID != id {
			t.Fatalf("status %d, body %q, id %q became %d, %q, %q", status, body, id, e.StatusCode, e.Body(), e.RequestID)
		}
		line := e.Error()
		if len(line) > maxMessage || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' }) {
			t.Fatalf("not one line of at most %d bytes: %d %q", maxMessage, len(line), line)
		}
		if !strings.HasPrefix(line, "apideck: POST /vault/sessions: ") {
			t.Fatalf("message %q", line)
		}
		sentinels := 0
		for _, sentinel := range []error{ErrBadRequest, ErrUnauthorized, ErrPaymentRequired, ErrNotFound, ErrUnprocessable, ErrRateLimited, ErrServer} {
			if errors.Is(fmt.Errorf("wrapped: %w", e), sentinel) {
				sentinels++
			}
		}
		if sentinels > 1 || sentinels == 1 != (status >= 500 && status <= 599 || status == 400 || status == 401 || status == 402 || status == 404 || status == 422 || status == 429) {
			t.Fatalf("status %d matches %d sentinels", status, sentinels)
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
	case raw[0] == '{':
		if !json.Valid([]byte(d.Text())) {
			t.Fatalf("detail %s is the text %q", raw, d.Text())
		}
		if fields := d.Fields(); fields == nil && !strings.ContainsAny(string(raw), "eE") {
			t.Fatalf("detail %s has no fields", raw) // only a number that float64 cannot hold is an excuse
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
