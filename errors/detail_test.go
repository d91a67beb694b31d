package errors

import (
	"encoding/json"
	"reflect"
	"testing"
)

func detail(body string) Detail {
	return NewAPIError("op", 1, response(400, ""), []byte(body)).Detail
}

func TestDetail(t *testing.T) {
	for body, want := range map[string]struct {
		raw, text string
		fields    map[string]any
	}{
		`{}`:                              {},
		`not JSON`:                        {},
		`{"detail":null}`:                 {raw: `null`},
		`{"detail":""}`:                   {raw: `""`},
		`{"detail":"Missing"}`:            {raw: `"Missing"`, text: `Missing`},
		`{"detail":{"a": [{}]}}`:          {`{"a": [{}]}`, `{"a":[{}]}`, map[string]any{"a": []any{map[string]any{}}}},
		`{"detail":[1,"a"]}`:              {raw: `[1,"a"]`, text: `[1,"a"]`},
		`{"detail":12345678901234567890}`: {raw: `12345678901234567890`, text: `12345678901234567890`},
		`{"detail":{"a":9007199254740993}}`: {
			raw:    `{"a":9007199254740993}`,
			text:   `{"a":9007199254740993}`,
			fields: map[string]any{"a": json.Number("9007199254740993")}, // not a float64
		},
	} {
		d := detail(body)
		if string(d.Raw()) != want.raw || d.Text() != want.text || !reflect.DeepEqual(d.Fields(), want.fields) {
			t.Errorf("%s: raw %s, text %q, fields %v", body, d.Raw(), d.Text(), d.Fields())
		}
	}
	if encoded, err := json.Marshal(Detail{}); err != nil || string(encoded) != "null" {
		t.Errorf("%s, %v", encoded, err)
	}
}

func TestDetail_Decode(t *testing.T) {
	d := detail(`{"detail":{"missing":["a"]}}`)
	var into struct{ Missing []string }
	if err := d.Decode(&into); err != nil || len(into.Missing) != 1 {
		t.Errorf("%v, %v", into, err)
	}
	if err := d.Decode(new(int)); err == nil {
		t.Error("an object was decoded into a number")
	}
	text := "kept"
	if err := (Detail{}).Decode(&text); err != nil || text != "kept" {
		t.Errorf("absent: %q, %v", text, err)
	}
}
