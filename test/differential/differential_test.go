package differential

import (
	"bytes"
	"encoding/json"
	"io"
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

// intended are the differences that are meant: what each side says, and why.
var intended = []struct {
	name   string
	reason string
	is     func(standIn, contract string) bool
}{
	{
		"session_length", "the contract's type is a string, without a pattern; the API takes one integer and one unit up to a week",
		func(standIn, contract string) bool {
			return contract == "" && strings.Contains(standIn, "settings.session_length: ")
		},
	},
	{
		"unknown key", "the contract leaves consumer_metadata and theme open, and the API drops what it does not know; a test wants to hear of theme.vaultName",
		func(standIn, contract string) bool {
			return contract == "" && openObject.MatchString(standIn)
		},
	},
	{
		"second value", "kin-openapi stops reading after the first JSON value; a body with more is a client's bug",
		func(standIn, contract string) bool {
			return contract == "" && strings.Contains(standIn, "the body has more than one JSON value")
		},
	},
	{
		duplicateKey, "the last one counts, as with encoding/json; kin-openapi does the same built with Go 1.26, and refuses the body built with Go 1.27",
		func(standIn, contract string) bool {
			return standIn == "" && strings.Contains(contract, "duplicate object member name")
		},
	},
}

// duplicateKey is the one difference that depends on the Go release.
const duplicateKey = "key that stands twice"

var openObject = regexp.MustCompile(`"detail":"(consumer_metadata|theme)\..*: unknown key"`)

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
	item := doc.Paths.Value("/vault/sessions")
	return &judges{
		vault: vaulttest.NewServer(t, vaulttest.InProcess()),
		route: &routers.Route{Spec: doc, Path: "/vault/sessions", PathItem: item, Method: http.MethodPost, Operation: item.Post},
	}
}

func (j *judges) request(t testing.TB, body string) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://unify.apideck.com/vault/sessions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer k"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"}, "Content-Type": {"application/json"}}
	return r
}

func (j *judges) standIn(t testing.TB, body string) string {
	resp, err := j.vault.RoundTrip(j.request(t, body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return ""
	case http.StatusBadRequest:
		return string(text)
	}
	t.Fatalf("%d for %q: %s", resp.StatusCode, body, text)
	return ""
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

// compare returns whether both accept, and the name of the difference: "" when
// they agree, "unintended" when no reason is known.
func (j *judges) compare(t testing.TB, body string) (accepted bool, difference string) {
	standIn, contract := j.standIn(t, body), j.contract(t, body)
	if (standIn == "") == (contract == "") {
		return standIn == "", ""
	}
	for _, d := range intended {
		if d.is(standIn, contract) {
			return false, d.name
		}
	}
	t.Errorf("body %q\n the stand-in says: %q\n the contract says: %q", body, standIn, contract)
	return false, "unintended"
}

func TestTheStandInAndTheContractAgree(t *testing.T) {
	t.Parallel()
	j := newJudges(t)
	g := &generator{random: rand.New(rand.NewPCG(20261123, 4))}
	const bodies = 10_000
	accepted, refused, differences := 0, 0, map[string]int{}
	check := func(body string) {
		ok, difference := j.compare(t, body)
		switch {
		case difference != "":
			differences[difference]++
		case ok:
			accepted++
		default:
			refused++
		}
	}
	for _, seed := range seeds {
		check(seed)
	}
	for range bodies {
		check(g.body())
		if differences["unintended"] > 20 {
			t.Fatal("too many differences")
		}
	}
	t.Logf("both accept %d, both refuse %d, intended differences %v", accepted, refused, differences)
	if accepted < bodies/5 || refused < bodies/5 {
		t.Errorf("the corpus is lopsided: %d accepted, %d refused", accepted, refused)
	}
	for _, d := range intended {
		if differences[d.name] == 0 && d.name != duplicateKey {
			t.Errorf("the difference %s is listed and never met", d.name)
		}
	}
}

func FuzzTheStandInAndTheContractAgree(f *testing.F) {
	j := newJudges(f)
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<16 {
			return // a size is no matter of the schema
		}
		j.compare(t, string(bytes.Clone(body)))
	})
}

var seeds = []string{
	"", " ", "{}", " {} ", "null", "[]", "true", "0", `""`, "{", "}", "{}{}", "{} x", "{},", `{"a":}`, "\ufeff{}", "\xff", `{"\ud800":1}`,
	`{"consumer_metadata":{"account_name":"SpaceX","user_name":"Elon Musk","email":"elon@musk.com","image":"https://www.spacex.com/static/images/share.jpg"},` +
		`"redirect_uri":"https://mysaas.com/dashboard","settings":{"unified_apis":["crm"],"session_length":"30m"},` +
		`"theme":{"favicon":"f","logo":"l","primary_color":"#286efa","sidepanel_background_color":"#286efa","sidepanel_text_color":"#FFFFFF","vault_name":"Intercom","privacy_url":"p","terms_url":"t"},` +
		`"custom_consumer_settings":{"feature_flag_1":true,"tax_rates":[{"id":"6","label":"6%"},{"id":"21","label":"21%"}]}}`,
	`{"redirect_uri":"a","redirect_uri":"b"}`, `{"redirect_uri":1,"redirect_uri":"b"}`, `{"redirect_uri":"b","redirect_uri":1}`, `{"settings":{"show_logs":true},"settings":{}}`,
	`{"REDIRECT_URI":"a"}`, `{"redirect_uri":"\u0000"}`, "{\"redirect_uri\":\"\xff\"}", `{"redirect_uri":"\ud800"}`, `{"redirect\u005furi":"a"}`,
	`{"custom_consumer_settings":{"n":1e999}}`, `{"custom_consumer_settings":{"n":-0.0,"m":12345678901234567890123}}`, `{"custom_consumer_settings":{"":null}}`,
	`{"custom_consumer_settings":null}`, `{"settings":{"session_length":"1h0m0s"}}`, `{"settings":{"session_length":""}}`, `{"settings":{"session_length":"8d"}}`,
	`{"settings":{"unified_apis":[]}}`, `{"settings":{"unified_apis":["crm","crm"]}}`, `{"settings":{"allow_actions":[""]}}`, `{"settings":{"allow_actions":[null]}}`,
	strings.Repeat(`{"custom_consumer_settings":`, 3) + "{}" + strings.Repeat("}", 3), `{"custom_consumer_settings":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200) + "}",
}

// generator makes bodies that are close to a session: most parts are right, and
// a few are not.
type generator struct{ random *rand.Rand }

func (g *generator) one(choices ...string) string { return choices[g.random.IntN(len(choices))] }
func (g *generator) chance(percent int) bool      { return g.random.IntN(100) < percent }

func (g *generator) body() string {
	body := g.object(map[string]func() string{
		"redirect_uri": g.text,
		"consumer_metadata": g.nested(map[string]func() string{
			"account_name": g.text, "user_name": g.text, "email": g.text, "image": g.text,
		}),
		"settings": g.nested(map[string]func() string{
			"unified_apis":  g.list("crm", "accounting", "file-storage", "time-registration", "vault"),
			"allow_actions": g.list("delete", "disconnect", "reauthorize", "disable"),
			"session_length": func() string {
				return g.one(`"30m"`, `"1h"`, `"1w"`, `"7d"`, `"45s"`, `""`, `"8d"`, `"1h30m"`, `"m"`, `"-1h"`)
			},
			"show_logs":              g.boolean,
			"show_sidebar":           g.boolean,
			"sandbox_mode":           g.boolean,
			"isolation_mode":         g.boolean,
			"show_suggestions":       g.boolean,
			"auto_redirect":          g.boolean,
			"hide_guides":            g.boolean,
			"hide_resource_settings": g.boolean,
		}),
		"theme": g.nested(map[string]func() string{
			"favicon": g.text, "logo": g.text, "primary_color": g.text, "sidepanel_background_color": g.text, "sidepanel_text_color": g.text,
			"vault_name": g.text, "privacy_url": g.text, "terms_url": g.text,
		}),
		"custom_consumer_settings": func() string { return `{"a":` + g.anything(3) + `,"b":` + g.anything(2) + `}` },
	})
	if g.chance(10) && len(body) > 0 { // and some that are hardly JSON
		at := g.random.IntN(len(body))
		switch g.random.IntN(4) {
		case 0:
			body = body[:at]
		case 1:
			body = body[:at] + body[at+1:]
		case 2:
			body = body[:at] + string([]byte{byte(g.random.IntN(256))}) + body[at:]
		case 3:
			body += g.one(" ", "\n", "{}", "null", "x", "\x00", "]")
		}
	}
	return body
}

func (g *generator) nested(fields map[string]func() string) func() string {
	return func() string { return g.object(fields) }
}

func (g *generator) object(fields map[string]func() string) string {
	if g.chance(1) {
		return g.anything(1)
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	// A map's order is random; the corpus is the same in every run.
	slices.Sort(keys)
	var out strings.Builder
	out.WriteString("{")
	for _, key := range keys {
		if !g.chance(40) {
			continue
		}
		if out.Len() > 1 {
			out.WriteString(",")
		}
		name, value := key, fields[key]()
		if g.chance(2) {
			name = g.one(strings.ToUpper(key), key+"s", strings.ReplaceAll(key, "_", ""), "", "x", "constructor")
		}
		if g.chance(3) {
			value = g.anything(2)
		}
		quoted, _ := json.Marshal(name)
		out.WriteString(string(quoted) + ":" + value)
	}
	return out.String() + "}"
}

func (g *generator) text() string {
	return g.one(`""`, `"a"`, `"https://example.com/?a=b&c#d"`, `"javascript:alert(1)"`, `"#286efa"`, `"\u0000\ud83d\ude00"`, `"é"`, `"a\nb"`, `"  "`)
}

func (g *generator) boolean() string { return g.one("true", "false") }

func (g *generator) list(values ...string) func() string {
	return func() string {
		var items []string
		for range g.random.IntN(4) {
			item := `"` + g.one(values...) + `"`
			if g.chance(4) {
				item = g.one(`"nothing"`, `""`, "null", "1", `["crm"]`, `"CRM"`, `" crm"`, "{}")
			}
			items = append(items, item)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
}

// anything is any JSON value.
func (g *generator) anything(depth int) string {
	if depth > 0 && g.chance(40) {
		if g.chance(50) {
			return "[" + g.anything(depth-1) + "," + g.anything(depth-1) + "]"
		}
		return `{"` + g.one("a", "b", "", "redirect_uri") + `":` + g.anything(depth-1) + "}"
	}
	return g.one("null", "true", "false", "0", "-1.5", "1e3", `""`, `"crm"`, `"true"`, "[]", "{}", "12345678901234567890")
}
