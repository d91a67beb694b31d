package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// intended lists the intended differences between the stand-in and the contract,
// which say why they reject a body, or "".
var intended = []struct {
	name  string
	is    func(standIn, contract string) bool
	later bool // it does not occur yet, or not with each Go release
}{
	// The contract allows any string, the API one integer and one unit, up to a week.
	{name: "session_length", is: func(standIn, contract string) bool {
		return contract == "" && strings.Contains(standIn, "settings.session_length: ")
	}},
	// The contract allows any string, the stand-in what a browser can be sent to.
	{name: "redirect_uri", later: true, is: func(standIn, contract string) bool {
		return contract == "" && strings.Contains(standIn, "redirect_uri: ")
	}},
	// The API keeps other keys of the metadata; a test's contract has closed objects.
	{name: "metadata", later: true, is: func(standIn, contract string) bool {
		ofMetadata := strings.Count(contract, `Error at "/consumer_metadata": property`)
		return standIn == "" && ofMetadata > 0 && ofMetadata == strings.Count(contract, `Error at "`)
	}},
	// A second JSON value is a client's bug, but kin-openapi does not read it.
	{name: "second value", is: func(standIn, contract string) bool {
		return contract == "" && strings.Contains(standIn, "the body has more than one JSON value")
	}},
	// The last one counts, as in encoding/json. kin-openapi uses encoding/json, which
	// rejects it in Go 1.27 or later.
	{name: "duplicate key", later: true, is: func(standIn, contract string) bool {
		return standIn == "" && strings.Contains(contract, "duplicate object member name")
	}},
	// The stand-in knows the Go types only: it accepts any JSON for oneOf, and any
	// string for a format.
	{name: "loose type", later: true, is: func(standIn, contract string) bool {
		places := errorAt.FindAllStringSubmatch(contract, -1)
		isStrict := func(place []string) bool { return place[2] == "" && !isLoose(place[1]) }
		return standIn == "" && places != nil && !slices.ContainsFunc(places, isStrict)
	}},
}

var errorAt = regexp.MustCompile(`Error at "/([^"]*)": (string doesn't match the format)?`)

// isLoose reports whether the Go type at a path such as settings/show_logs is any.
func isLoose(path string) bool {
	typ := reflect.TypeFor[facade.Session]()
	for key := range strings.SplitSeq(path, "/") {
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch typ.Kind() {
		case reflect.Slice, reflect.Map:
			typ = typ.Elem()
		case reflect.Struct:
			for field := range typ.Fields() {
				if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == key {
					typ = field.Type
					break
				}
			}
		}
	}
	return typ.Kind() == reflect.Interface
}

func TestServer_AcceptsWhatTheContractAccepts(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	random := newGenerator(c, 20261123)
	bodies := oddBodies(t)
	for range 1500 {
		bodies = append(bodies, random.body(t))
	}
	outcomes := map[string]int{}
	for _, body := range bodies {
		standIn, contract := judge(t, c, server, newRequest(body))
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
		t.Errorf("too few bodies were accepted or rejected: %v", outcomes)
	}
	for _, d := range intended {
		if outcomes[d.name] == 0 && !d.later {
			t.Errorf("the difference %s never occurred", d.name)
		}
	}
}

// judge returns why the stand-in and the contract reject a request, or "". It
// fails the test if the stand-in's response does not conform to the contract.
func judge(t *testing.T, c *contract, server *vaulttest.Server, e exchange) (standIn, contract string) {
	t.Helper()
	if err := c.check(e); err != nil {
		contract = err.Error()
	}
	req := e.req.Clone(t.Context())
	req.Body = io.NopCloser(strings.NewReader(string(e.body)))
	resp, err := server.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	valid := newRequest("{}") // only the response is checked
	valid.resp = resp
	if valid.respond, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if err := c.check(valid); err != nil {
		t.Errorf("%s: %v", e.body, err)
	}
	if says := fmt.Sprintf(`"status_code":%d`, resp.StatusCode); !strings.Contains(string(valid.respond), says) {
		t.Errorf("%s: %s %s", e.body, resp.Status, valid.respond)
	}
	if resp.StatusCode != http.StatusOK {
		standIn = string(valid.respond)
	}
	return standIn, contract
}

// oddBodies returns bodies at the edges of JSON and of the contract.
func oddBodies(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/bodies.json")
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	if err := json.Unmarshal(text, &bodies); err != nil {
		t.Fatal(err)
	}
	deep := `{"custom_consumer_settings":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 201)
	return append(bodies, deep, "\xff", "{\"theme\":{\"logo\":\"\xff\"}}")
}

// body returns a session that is valid, has a few faults, or is not even JSON.
func (g *generator) body(t *testing.T) string {
	object := g.session()
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
			value[g.IntN(len(value))] = g.any()
			return
		}
	}
	if g.IntN(2) == 0 {
		object[key] = g.any()
		return
	}
	object[[]string{strings.ToUpper(key), key + "s", "", "constructor"}[g.IntN(4)]] = object[key]
	delete(object, key)
}

// Users test against the stand-in, so that its error responses must conform to the
// contract too.
func TestServer_ErrorResponsesConformToTheContract(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	replies := []vaulttest.Reply{
		vaulttest.RateLimited(time.Second), vaulttest.PlanLimitReached(), vaulttest.KeyExpired(),
		vaulttest.RedirectRejected(), vaulttest.ServerDown(),
	}
	for _, status := range []int{400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, 504} {
		replies = append(replies, vaulttest.ErrorResponse(status))
	}
	for _, reply := range replies {
		server.Enqueue(reply)
		if standIn, _ := judge(t, c, server, newRequest("{}")); !strings.Contains(standIn, fmt.Sprint(reply.Status)) {
			t.Errorf("%d: %s", reply.Status, standIn)
		}
	}
}
