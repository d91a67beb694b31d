package differential

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/vaulttest"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// intended are the differences that are meant, by what one side says while the
// other accepts.
var intended = []struct {
	name, reason      string
	standIn, contract *regexp.Regexp // nil: accepts
}{
	{
		"session_length", "the contract's type is any string; the API takes one integer and one unit up to a week",
		regexp.MustCompile(`"detail":"settings\.session_length: `), nil,
	},
	{
		"unknown key", "the contract leaves consumer_metadata and theme open; a test wants to hear of theme.vaultName",
		regexp.MustCompile(`"detail":"(consumer_metadata|theme)\..*: unknown key"`), nil,
	},
	{
		"second value", "kin-openapi stops reading after the first JSON value; a body with more is a client's bug",
		regexp.MustCompile(`the body has more than one JSON value`), nil,
	},
	{
		duplicateKey, "the last one counts, as in encoding/json; kin-openapi built with Go 1.27 rejects it",
		nil, regexp.MustCompile(`duplicate object member name`),
	},
}

// duplicateKey is the one difference that depends on the Go release.
const duplicateKey = "key that stands twice"

// judges decide about one body: "" means accepted, else why not.
type judges struct {
	vault *vaulttest.Server
	route *routers.Route
}

func newJudges(t testing.TB) *judges {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := doc.Paths.Value("/vault/sessions")
	return &judges{
		vault: vaulttest.NewServer(t, vaulttest.InProcess()),
		route: &routers.Route{Spec: doc, Path: "/vault/sessions", PathItem: path, Method: "POST", Operation: path.Post},
	}
}

func (j *judges) request(t testing.TB, body string) *http.Request {
	const url = "https://unify.apideck.com/vault/sessions"
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer k"}, "X-Apideck-App-Id": {"app"},
		"X-Apideck-Consumer-Id": {"consumer"}, "Content-Type": {"application/json"}}
	return r
}

func (j *judges) standIn(t testing.TB, body string) string {
	resp, err := j.vault.RoundTrip(j.request(t, body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusBadRequest {
		t.Fatalf("%s for %q: %s, %v", resp.Status, body, text, err)
	}
	if resp.StatusCode == http.StatusOK {
		return ""
	}
	return string(text)
}

func (j *judges) contract(t testing.TB, body string) string {
	err := openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{
		Request: j.request(t, body),
		Route:   j.route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
			SkipSettingDefaults: true, // it would put a default in the place of a null, and accept it
		},
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

// compare returns "accepted" or "rejected" if both agree, or the name of the
// difference.
func (j *judges) compare(t testing.TB, body string) (outcome string) {
	standIn, contract := j.standIn(t, body), j.contract(t, body)
	switch {
	case standIn == "" && contract == "":
		return "accepted"
	case standIn != "" && contract != "":
		return "rejected"
	}
	for _, d := range intended {
		if says(standIn, d.standIn) && says(contract, d.contract) {
			return d.name
		}
	}
	t.Errorf("body %q\n the stand-in says: %q\n the contract says: %q", body, standIn, contract)
	return "unintended"
}

func says(text string, want *regexp.Regexp) bool {
	if want == nil {
		return text == ""
	}
	return want.MatchString(text)
}

func TestServer_AgreesWithTheContract(t *testing.T) {
	t.Parallel()
	j := newJudges(t)
	g := &generator{random: rand.New(rand.NewPCG(20261123, 4))}
	session := j.route.Operation.RequestBody.Value.Content.Get("application/json").Schema.Value
	const bodies = 4_000
	outcomes := map[string]int{}
	for _, seed := range seeds {
		outcomes[j.compare(t, seed)]++
	}
	for range bodies {
		outcomes[j.compare(t, g.body(session))]++
		if outcomes["unintended"] > 20 {
			t.Fatal("too many differences")
		}
	}
	t.Log(outcomes)
	if outcomes["accepted"] < bodies/5 || outcomes["rejected"] < bodies/5 {
		t.Error("the corpus is lopsided")
	}
	for _, d := range intended {
		if outcomes[d.name] == 0 && d.name != duplicateKey {
			t.Errorf("the difference %s is listed and never met", d.name)
		}
	}
}

func FuzzServer_AgreesWithTheContract(f *testing.F) {
	j := newJudges(f)
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<16 {
			return // the size is not a matter of the schema
		}
		j.compare(t, string(bytes.Clone(body)))
	})
}

var seeds = []string{
	"", " ", "{}", " {} ", "null", "[]", "true", "0", `""`, "{", "}", "{}{}", "{} x", "{},", `{"a":}`, "\ufeff{}", "\xff",
	`{"\ud800":1}`, `{"redirect_uri":"a","redirect_uri":"b"}`, `{"redirect_uri":1,"redirect_uri":"b"}`,
	`{"redirect_uri":"b","redirect_uri":1}`, `{"settings":{"show_logs":true},"settings":{}}`,
	`{"REDIRECT_URI":"a"}`, `{"redirect_uri":"\u0000"}`, "{\"redirect_uri\":\"\xff\"}", `{"redirect_uri":"\ud800"}`,
	`{"redirect\u005furi":"a"}`, `{"custom_consumer_settings":{"n":1e999}}`, `{"custom_consumer_settings":{"":null}}`,
	`{"custom_consumer_settings":{"n":-0.0,"m":12345678901234567890123}}`, `{"custom_consumer_settings":null}`,
	`{"settings":{"session_length":"1h0m0s"}}`, `{"settings":{"session_length":""}}`,
	`{"settings":{"session_length":"8d"}}`, `{"settings":{"unified_apis":[]}}`,
	`{"settings":{"unified_apis":["crm","crm"]}}`, `{"settings":{"allow_actions":[""]}}`,
	`{"settings":{"allow_actions":[null]}}`,
	strings.Repeat(`{"custom_consumer_settings":`, 3) + "{}" + strings.Repeat("}", 3),
	`{"custom_consumer_settings":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200) + "}",
}

// generator makes bodies that are close to a schema: most parts are right, and a
// few are not.
type generator struct{ random *rand.Rand }

func (g *generator) one(choices ...string) string { return choices[g.random.IntN(len(choices))] }
func (g *generator) chance(percent int) bool      { return g.random.IntN(100) < percent }

func (g *generator) body(schema *openapi3.Schema) string {
	body := g.value("", schema)
	at := g.random.IntN(len(body))
	switch g.random.IntN(40) { // some are hardly JSON
	case 0:
		return body[:at]
	case 1:
		return body[:at] + body[at+1:]
	case 2:
		return body[:at] + string([]byte{byte(g.random.IntN(256))}) + body[at:]
	case 3:
		return body + g.one(" ", "\n", "{}", "null", "x", "\x00", "]")
	}
	return body
}

// value returns a value for the field with the given name.
func (g *generator) value(name string, schema *openapi3.Schema) string {
	switch {
	case g.chance(2):
		return g.anything(2)
	case name == "session_length":
		return g.one(`"30m"`, `"1h"`, `"1w"`, `"7d"`, `"45s"`, `""`, `"8d"`, `"1h30m"`, `"m"`, `"-1h"`)
	case len(schema.Enum) > 0 && g.chance(95):
		quoted, _ := json.Marshal(schema.Enum[g.random.IntN(len(schema.Enum))])
		return string(quoted)
	case schema.Type.Is("boolean"):
		return g.one("true", "false")
	case schema.Type.Is("array"):
		items := make([]string, g.random.IntN(4))
		for i := range items {
			items[i] = g.value("", schema.Items.Value)
		}
		return "[" + strings.Join(items, ",") + "]"
	case schema.Type.Is("object"):
		return g.object(schema)
	}
	return g.one(`""`, `"a"`, `"/?a=b&c#d"`, `"#286efa"`, `"\u0000\ud83d\ude00"`, `"é"`, `"a\nb"`, `" crm"`)
}

func (g *generator) object(schema *openapi3.Schema) string {
	var fields []string
	for _, key := range slices.Sorted(maps.Keys(schema.Properties)) { // the same in every run
		if !g.chance(40) {
			continue
		}
		name := key
		if g.chance(2) {
			name = g.one(strings.ToUpper(key), key+"s", strings.ReplaceAll(key, "_", ""), "", "x", "constructor")
		}
		quoted, _ := json.Marshal(name)
		fields = append(fields, string(quoted)+":"+g.value(key, schema.Properties[key].Value))
	}
	if len(schema.Properties) == 0 {
		fields = append(fields, `"a":`+g.anything(3))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// anything is any JSON value.
func (g *generator) anything(depth int) string {
	switch {
	case depth > 0 && g.chance(20):
		return "[" + g.anything(depth-1) + "," + g.anything(depth-1) + "]"
	case depth > 0 && g.chance(25):
		return `{"` + g.one("a", "b", "", "redirect_uri") + `":` + g.anything(depth-1) + "}"
	}
	return g.one("null", "true", "false", "0", "-1.5", "1e-3", `""`, `"crm"`, `"true"`, "[]", "{}", "1234567890123456789")
}
