package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

const consumer = "account:12345"

// What a caller builds arrives unchanged at each attempt, for any combination of
// options and of absent, zero and set fields.
func TestSessionsCreate_SendsRandomSessionsAsTheyWereBuilt(t *testing.T) {
	t.Parallel()
	const sessions, seed = 250, 20261123
	c := load(t)
	server := vaulttest.NewServer(t)
	wire := &tap{next: server}
	quick := facade.DefaultRetryConfig()
	quick.InitialInterval, quick.MaxInterval = time.Microsecond, time.Microsecond
	client := server.Client(wire.client(), facade.WithRetries(quick))
	random := newGenerator(c, seed)
	callOptions := []facade.Option{
		facade.WithAPIKey("key with spaces"), facade.WithAppID("~!@#$%^&*()"), facade.WithConsumerID(`a "b"; c, d`),
		facade.WithHeader("Traceparent", "00-1-2-01"), facade.WithUserAgent("product/1.0"),
		facade.WithAPIKeyFunc(func(context.Context) (string, error) { return "rotated", nil }),
	}
	for i := range sessions {
		session := random.session()
		attempts := 1 + random.IntN(2)
		if attempts == 2 {
			server.Enqueue(vaulttest.ServerDown())
		}
		options := []facade.Option{facade.WithConsumerID(consumer), callOptions[random.IntN(len(callOptions))]}
		resp, err := client.Vault.Sessions.Create(t.Context(), session, options...)
		if err != nil || resp.Data.SessionURI == "" {
			t.Fatalf("session %d: %v\n%s", i, err, encode(t, session))
		}
		sent := wire.take()
		if len(sent) != attempts {
			t.Fatalf("session %d: %d attempts, want %d", i, len(sent), attempts)
		}
		for _, e := range sent {
			if err := c.check(c.atContractServer(e)); err != nil {
				t.Fatalf("session %d: %v\n%s", i, err, e.Body)
			}
			var back facade.Session
			if err := json.Unmarshal(e.Body, &back); err != nil || !reflect.DeepEqual(back, session) {
				t.Fatalf("session %d arrived as\n%#v, was\n%#v (%v)", i, back, session, err)
			}
		}
	}
	// The test says nothing about states that did not occur.
	for _, field := range slices.Sorted(maps.Keys(random.states)) {
		if !random.states[field] {
			t.Errorf("%d sessions never had %s", sessions, field)
		}
	}
}

// fullExchange returns the exchange of a session with every field.
func fullExchange(t *testing.T, c *contract) exchange {
	t.Helper()
	server := vaulttest.NewServer(t)
	wire := &tap{next: server}
	random := newGenerator(c, 1)
	random.full = true
	session := random.session()
	session.CustomConsumerSettings = map[string]any{"flag": true} // free-form: any key is valid
	client := server.Client(wire.client(), facade.WithConsumerID(consumer))
	if _, err := client.Vault.Sessions.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	return c.atContractServer(wire.last())
}

// Each key of a full session, at every depth, is misspelled once and given a value
// of the wrong type once.
func TestContract_RejectsMisspelledKeysAndWrongTypes(t *testing.T) {
	t.Parallel()
	c := load(t)
	sent := fullExchange(t, c)
	var body map[string]any
	if err := json.Unmarshal(sent.Body, &body); err != nil {
		t.Fatal(err)
	}
	tried := 0
	var spoil func(object map[string]any, schema *openapi3.Schema, path string)
	spoil = func(object map[string]any, schema *openapi3.Schema, path string) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			value := object[key]
			reject := func(name string, wrong any) {
				delete(object, key)
				object[name] = wrong
				e := sent
				e.Body = encode(t, body)
				if c.check(e) == nil {
					t.Errorf("%s%s: %v passes", path, name, wrong)
				}
				delete(object, name)
				object[key] = value
				tried++
			}
			reject(key+"x", value)
			if _, number := value.(float64); number {
				reject(key, "1")
			} else {
				reject(key, 1)
			}
			if part := schema.Properties[key].Value; len(part.Properties) > 0 { // not free-form
				spoil(value.(map[string]any), part, path+key+".")
			}
		}
	}
	spoil(body, sessionsCreate(t, c.doc).RequestBody.Value.Content["application/json"].Schema.Value, "")
	if tried < 2*25 {
		t.Errorf("spoiled only %d keys and values", tried)
	}
}

func TestContract_RejectsARequestWithoutItsHeaders(t *testing.T) {
	t.Parallel()
	c := load(t)
	sent := fullExchange(t, c)
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

// generator makes sessions by reflection, so that it covers fields added to the
// contract.
type generator struct {
	*rand.Rand
	enums  []string
	states map[string]bool // "Settings.ShowLogs zero": whether it occurred
	full   bool            // every field set
}

func newGenerator(c *contract, seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0)), enums: c.enums, states: map[string]bool{}}
}

func (g *generator) session() facade.Session {
	var s facade.Session
	g.fill("", reflect.ValueOf(&s).Elem())
	return s
}

// pick chooses one of the states, the last if g.full is set, and records which of
// them occurred.
func (g *generator) pick(field string, states ...string) string {
	state := states[g.IntN(len(states))]
	if g.full {
		state = states[len(states)-1]
	}
	for _, possible := range states {
		key := field + " " + possible
		g.states[key] = g.states[key] || possible == state
	}
	return state
}

func (g *generator) fill(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			g.fill(strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Pointer, reflect.Slice, reflect.Map: // an optional value that is sent even if empty
		switch state := g.pick(name, "absent", "zero", "set"); {
		case state == "absent":
		case v.Kind() == reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			if state == "set" {
				g.set(name, v.Elem())
			}
		case v.Kind() == reflect.Map && state == "set": // custom_consumer_settings
			v.Set(reflect.ValueOf(g.object(6)))
		case v.Kind() == reflect.Map:
			v.Set(reflect.MakeMap(v.Type()))
		case state == "set":
			v.Set(reflect.MakeSlice(v.Type(), 1+g.IntN(5), 5))
			for i := range v.Len() {
				g.set(name, v.Index(i))
			}
		default:
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
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
		panic(fmt.Sprintf("%s is a %s, which the generator does not support", name, v.Type()))
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

// text returns a string with characters that are often mishandled.
func (g *generator) text() string {
	pieces := []string{"a", "Zoë", "日本語", "👩‍👩‍👧", "\u202e", "\u2028", "\ufffd", "<script>", "&",
		`"`, `\`, `\u0000`, "\x00", "\n", "\t", " ", "https://x.io/?a=b&c=%2F#d", "é", "e\u0301"}
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
	kinds := []func() any{
		func() any { return nil },
		func() any { return g.IntN(2) == 0 },
		func() any { return g.NormFloat64() * 1e6 },
		func() any { return g.text() },
		func() any { return map[string]any{} },
		func() any { return []any{} },
		func() any { return []any{g.value(depth - 1), g.value(depth - 1)} },
		func() any { return g.object(depth) },
	}
	if depth <= 0 {
		kinds = kinds[:6]
	}
	return kinds[g.IntN(len(kinds))]()
}
