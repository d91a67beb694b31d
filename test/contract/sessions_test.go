package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const consumer = "account:12345"

// Go → wire → contract → Go: what a caller builds is what arrives, whatever the
// combination of absent, zero and set fields.
func TestRandomSessionsArriveAsTheyWereBuilt(t *testing.T) {
	t.Parallel()
	const sessions, seed = 400, 20261123
	c := load(t)
	wire := &tap{next: http.DefaultTransport}
	client := vaulttest.NewServer(t).Client(wire.client())
	random := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), enums: enumValues(c.doc), states: map[string]bool{}}
	for i := range sessions {
		session := random.session()
		resp, err := client.Vault.Sessions.Create(t.Context(), session, facade.WithConsumerID(consumer))
		if err != nil {
			t.Fatalf("session %d: %v\n%s", i, err, encode(t, session))
		}
		sent := wire.last()
		if err := c.check(c.atContractServer(sent)); err != nil {
			t.Fatalf("session %d: %v\n%s", i, err, sent.Body)
		}
		var back facade.Session
		if err := json.Unmarshal(sent.Body, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, session) {
			t.Fatalf("session %d arrived as\n%#v, was\n%#v", i, back, session)
		}
		if resp.Data.SessionURI == "" {
			t.Fatalf("session %d: no URI", i)
		}
	}
	// The property says something only about states that came up.
	for _, field := range slices.Sorted(maps.Keys(random.states)) {
		if !random.states[field] {
			t.Errorf("%d sessions never had %s", sessions, field)
		}
	}
}

// A contract test that lets a wrong key pass proves nothing. Each key of a full
// session is misspelt once, at every depth, and must be refused.
func TestTheContractRefusesEveryMisspeltKey(t *testing.T) {
	t.Parallel()
	c := load(t)
	wire := &tap{next: http.DefaultTransport}
	client := vaulttest.NewServer(t).Client(wire.client())
	random := &generator{Rand: rand.New(rand.NewPCG(1, 1)), enums: enumValues(c.doc), states: map[string]bool{}, full: true}
	session := random.session()
	session.CustomConsumerSettings = map[string]any{"flag": true} // free-form: any key is right in it
	if _, err := client.Vault.Sessions.Create(t.Context(), session, facade.WithConsumerID(consumer)); err != nil {
		t.Fatal(err)
	}
	sent := c.atContractServer(wire.last())
	var body map[string]any
	if err := json.Unmarshal(sent.Body, &body); err != nil {
		t.Fatal(err)
	}
	tried := 0
	var misspell func(object map[string]any, path string)
	misspell = func(object map[string]any, path string) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			value := object[key]
			delete(object, key)
			object[key+"x"] = value
			wrong := sent
			wrong.Body = encode(t, body)
			if c.check(wrong) == nil {
				t.Errorf("%s%sx passes", path, key)
			}
			tried++
			delete(object, key+"x")
			object[key] = value
			if inner, ok := value.(map[string]any); ok && key != "custom_consumer_settings" {
				misspell(inner, path+key+".")
			}
		}
	}
	misspell(body, "")
	fields := 0
	for _, set := range random.states {
		if set {
			fields++
		}
	}
	if tried <= fields {
		t.Errorf("misspelt %d keys, of %d fields and the objects that hold them", tried, fields)
	}
}

func TestTheContractRefusesARequestWithoutItsHeaders(t *testing.T) {
	t.Parallel()
	c := load(t)
	wire := &tap{next: http.DefaultTransport}
	client := vaulttest.NewServer(t).Client(wire.client())
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID(consumer)); err != nil {
		t.Fatal(err)
	}
	sent := c.atContractServer(wire.last())
	for name, value := range map[string]string{
		"X-Apideck-App-Id": "", "X-Apideck-Consumer-Id": "", "Content-Type": "text/plain", "Accept": "*/*",
		"Authorization": "key", // no scheme
	} {
		wrong := sent
		wrong.Header = sent.Header.Clone()
		if wrong.Header.Get(name) == "" {
			t.Errorf("%s was not sent", name)
		}
		wrong.Header.Del(name)
		if value != "" {
			wrong.Header.Set(name, value)
		}
		if c.check(wrong) == nil {
			t.Errorf("%s %q passes", name, value)
		}
	}
}

// generator makes sessions by reflection, so that a field added to the contract
// takes part without a line here.
type generator struct {
	*rand.Rand
	enums  []string        // every enum value of the contract
	states map[string]bool // "Settings.ShowLogs zero": whether it came up
	full   bool            // every field set
}

func (g *generator) session() facade.Session {
	var s facade.Session
	g.fill("", reflect.ValueOf(&s).Elem())
	return s
}

// came notes that a field was in a state, out of those it can be in.
func (g *generator) came(field, state string, of ...string) {
	for _, s := range of {
		if _, known := g.states[field+" "+s]; !known {
			g.states[field+" "+s] = false
		}
	}
	g.states[field+" "+state] = true
}

// pick chooses one of the states; the last is the set one.
func (g *generator) pick(field string, states ...string) string {
	state := states[g.IntN(len(states))]
	if g.full {
		state = states[len(states)-1]
	}
	g.came(field, state, states...)
	return state
}

func (g *generator) fill(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			g.fill(strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Pointer: // an optional value whose zero is worth sending, such as false
		switch g.pick(name, "absent", "zero", "set") {
		case "zero":
			v.Set(reflect.New(v.Type().Elem()))
		case "set":
			v.Set(reflect.New(v.Type().Elem()))
			g.set(name, v.Elem())
		}
	case reflect.Slice:
		switch g.pick(name, "absent", "empty", "set") {
		case "empty":
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		case "set":
			v.Set(reflect.MakeSlice(v.Type(), 1+g.IntN(5), 5))
			for i := range v.Len() {
				g.set(name, v.Index(i))
			}
		}
	case reflect.Map: // custom_consumer_settings
		switch g.pick(name, "absent", "empty", "set") {
		case "empty":
			v.Set(reflect.ValueOf(map[string]any{}))
		case "set":
			v.Set(reflect.ValueOf(g.object(6)))
		}
	default:
		if g.pick(name, "absent", "set") == "set" {
			g.set(name, v)
		}
	}
}

// set gives v a value that is not zero.
func (g *generator) set(name string, v reflect.Value) {
	switch kind := v.Kind(); {
	case kind == reflect.Struct:
		g.fill(name, v)
	case kind == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(1 + g.Int64N(1<<20))
	case v.CanFloat():
		v.SetFloat(float64(1+g.IntN(1<<20)) / 4)
	case kind == reflect.String && v.Type() != reflect.TypeFor[string]():
		v.Set(g.enumValue(v.Type()))
	case kind == reflect.String && strings.HasSuffix(name, ".SessionLength"):
		v.SetString(fmt.Sprintf("%d%c", 1+g.IntN(168), "mh"[g.IntN(2)]))
	case kind == reflect.String:
		v.SetString(g.text())
	default:
		panic(fmt.Sprintf("%s is a %s: teach the generator, so that the test covers it", name, v.Type()))
	}
}

// enumValue returns a valid value of the enum type t.
func (g *generator) enumValue(t reflect.Type) reflect.Value {
	for {
		v := reflect.New(t).Elem()
		v.SetString(g.enums[g.IntN(len(g.enums))])
		if v.Interface().(interface{ Valid() bool }).Valid() {
			return v
		}
	}
}

// text returns what people and attackers put into strings.
func (g *generator) text() string {
	pieces := []string{"a", "Zoë", "日本語", "👩‍👩‍👧", "\u202e", "\u2028", "\ufffd", "<script>", "&", `"`, `\`, `\u0000`, "\x00", "\n", "\t", " ", "https://x.io/?a=b&c=%2F#d", "é", "e\u0301"}
	var s strings.Builder
	for range 1 + g.IntN(8) {
		s.WriteString(pieces[g.IntN(len(pieces))])
	}
	return s.String()
}

// object and value return free-form JSON, at most depth levels deep.
func (g *generator) object(depth int) map[string]any {
	object := make(map[string]any)
	for range 1 + g.IntN(4) {
		object[g.text()] = g.value(depth - 1)
	}
	return object
}

func (g *generator) value(depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 9
	}
	switch g.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return g.IntN(2) == 0
	case 2:
		return g.NormFloat64() * 1e6
	case 3:
		return float64(g.Int64N(1 << 53)) // JSON has no integers of its own
	case 4:
		return g.text()
	case 5:
		return map[string]any{}
	case 6:
		return []any{}
	case 7:
		list := make([]any, 1+g.IntN(3))
		for i := range list {
			list[i] = g.value(depth - 1)
		}
		return list
	default:
		return g.object(depth)
	}
}

// enumValues returns every enum value of the contract's schemas.
func enumValues(doc *openapi3.T) []string {
	var all []string
	seen := make(map[*openapi3.Schema]bool)
	var collect func(ref *openapi3.SchemaRef)
	collect = func(ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		seen[ref.Value] = true
		for _, value := range ref.Value.Enum {
			if text, ok := value.(string); ok {
				all = append(all, text)
			}
		}
		collect(ref.Value.Items)
		for _, name := range slices.Sorted(maps.Keys(ref.Value.Properties)) {
			collect(ref.Value.Properties[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		collect(doc.Components.Schemas[name])
	}
	return all
}
