package contract

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/vaulttest"
)

// intended are the differences between the stand-in and the contract that are
// meant. Each side says why it rejects a body, or "".
var intended = []struct {
	name, reason string
	is           func(standIn, contract string) bool
}{
	{"session_length", "a string in the contract; the API takes one integer and one unit up to a week",
		func(standIn, contract string) bool {
			return contract == "" && strings.Contains(standIn, "settings.session_length: ")
		}},
	{"second value", "kin-openapi stops reading after the first JSON value; more is a client's bug",
		func(standIn, contract string) bool {
			return contract == "" && strings.Contains(standIn, "the body has more than one JSON value")
		}},
	{duplicateKey, "the last one counts, as in encoding/json; kin-openapi built with Go 1.27 rejects the body",
		func(standIn, contract string) bool {
			return standIn == "" && strings.Contains(contract, "duplicate object member name")
		}},
}

// duplicateKey is the one difference that depends on the Go release.
const duplicateKey = "key that stands twice"

func TestServer_AcceptsWhatTheContractAccepts(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	random := newGenerator(c, 20261123)
	bodies := slices.Clone(oddBodies)
	for range 1500 {
		bodies = append(bodies, random.body(t))
	}
	outcomes := map[string]int{}
	for _, body := range bodies {
		standIn, contract := judge(t, c, server, body)
		outcome := map[bool]string{true: "accepted", false: "rejected"}[standIn == ""]
		if (standIn == "") != (contract == "") {
			outcome = "unintended"
			for _, d := range intended {
				if d.is(standIn, contract) {
					outcome = d.name
				}
			}
		}
		if outcomes[outcome]++; outcome == "unintended" {
			t.Errorf("body %q\n the stand-in says: %q\n the contract says: %q", body, standIn, contract)
		}
		if outcomes["unintended"] > 20 {
			t.Fatal("too many differences")
		}
	}
	t.Log(outcomes)
	if few := len(bodies) / 5; outcomes["accepted"] < few || outcomes["rejected"] < few {
		t.Errorf("the bodies are lopsided: %v", outcomes)
	}
	for _, d := range intended {
		if outcomes[d.name] == 0 && d.name != duplicateKey {
			t.Errorf("the difference %s never came up", d.name)
		}
	}
}

// judge returns why the stand-in and the contract reject a body, or "". The
// response of the stand-in is the contract's in any case.
func judge(t *testing.T, c *contract, server *vaulttest.Server, body string) (standIn, contract string) {
	t.Helper()
	e := exchange{
		Method: http.MethodPost, URL: c.doc.Servers[0].URL + "/vault/sessions", Body: []byte(body),
		Header: http.Header{
			"Authorization": {"Bearer k"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
			"Content-Type": {"application/json"}, "Accept": {"application/json"},
		},
	}
	if err := c.check(e); err != nil {
		contract = err.Error()
	}
	req, err := http.NewRequestWithContext(t.Context(), e.Method, e.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = e.Header
	resp, err := server.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if e.ReplyBody, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	e.Body, e.Status, e.ReplyHeader = []byte("{}"), resp.StatusCode, resp.Header
	if err := c.check(e); err != nil {
		t.Errorf("body %q: %v", body, err)
	}
	if e.Status != http.StatusOK {
		standIn = string(e.ReplyBody)
	}
	return standIn, contract
}

var oddBodies = []string{
	"", " ", "{}", " {} ", "null", "[]", "true", "0", `""`, "{", "}", "{}{}", "{} x", "{},", `{"a":}`, "\ufeff{}",
	"\xff", `{"\ud800":1}`, `{"redirect_uri":"a","redirect_uri":"b"}`, `{"redirect_uri":1,"redirect_uri":"b"}`,
	`{"redirect_uri":"b","redirect_uri":1}`, `{"settings":{"show_logs":true},"settings":{}}`, `{"REDIRECT_URI":"a"}`,
	`{"redirect_uri":"\u0000"}`, "{\"redirect_uri\":\"\xff\"}", `{"redirect_uri":"\ud800"}`,
	`{"redirect\u005furi":"a"}`,
	`{"custom_consumer_settings":{"n":1e999}}`, `{"custom_consumer_settings":{"n":-0.0,"m":12345678901234567890123}}`,
	`{"custom_consumer_settings":{"":null}}`, `{"custom_consumer_settings":null}`, `{"theme":{"vaultName":"a"}}`,
	`{"settings":{"session_length":"1h0m0s"}}`, `{"settings":{"session_length":""}}`,
	`{"settings":{"session_length":"8d"}}`,
	`{"settings":{"unified_apis":[]}}`, `{"settings":{"unified_apis":["crm","crm"]}}`,
	`{"settings":{"unified_apis":["CRM"]}}`,
	`{"settings":{"allow_actions":[""]}}`, `{"settings":{"allow_actions":[null]}}`,
	`{"settings":{"allow_actions":"delete"}}`,
	`{"custom_consumer_settings":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200) + "}",
}

// body returns a session that is right, or has a few faults, or is hardly JSON.
func (g *generator) body(t *testing.T) string {
	var object map[string]any
	if err := json.Unmarshal(encode(t, g.session()), &object); err != nil {
		t.Fatal(err)
	}
	for range g.IntN(3) {
		g.spoil(object)
	}
	body := string(encode(t, object))
	if at := g.IntN(10 * len(body)); at < len(body) {
		body = body[:at] + []string{"", " ", "{}", "null", "x", "\x00", "]", `"`}[g.IntN(8)] + body[at+g.IntN(2):]
	}
	return body
}

// spoil changes a key or a value somewhere in object.
func (g *generator) spoil(object map[string]any) {
	if len(object) == 0 {
		return
	}
	keys := slices.Sorted(maps.Keys(object))
	key := keys[g.IntN(len(keys))]
	switch value := object[key].(type) {
	case map[string]any:
		if g.IntN(4) > 0 {
			g.spoil(value)
			return
		}
	case []any:
		if len(value) > 0 && g.IntN(4) > 0 {
			value[g.IntN(len(value))] = g.value(1)
			return
		}
	}
	if g.IntN(2) == 0 {
		object[key] = g.value(2)
		return
	}
	object[[]string{strings.ToUpper(key), key + "s", "", "constructor"}[g.IntN(4)]] = object[key]
	delete(object, key)
}
