package errors

import (
	"bytes"
	"cmp"
	"encoding/json"
)

// Detail is the detail field of an error response: a string or an object. The
// zero Detail is an absent field.
type Detail struct {
	raw json.RawMessage
}

// Raw returns the detail's JSON as received, or nil if it is absent. Do not
// modify it.
func (d Detail) Raw() json.RawMessage { return d.raw }

// Text returns the detail if it is a string, "" if it is absent or null, and its
// compact JSON otherwise.
func (d Detail) Text() string {
	var text string
	if json.Unmarshal(d.raw, &text) == nil { // null leaves text as it is
		return text
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, d.raw) // writes nothing if there is no detail
	return compact.String()
}

// Fields returns the detail if it is an object, or else nil. Numbers are of type
// [json.Number], so that large ones keep every digit.
func (d Detail) Fields() map[string]any {
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(d.raw))
	dec.UseNumber()
	_ = dec.Decode(&fields) // fails if the detail is not an object
	return fields
}

// Decode decodes the detail into v as [json.Unmarshal] does. An absent detail
// decodes as null.
func (d Detail) Decode(v any) error {
	return json.Unmarshal([]byte(cmp.Or(string(d.raw), "null")), v)
}

// MarshalJSON returns the detail as received, or null if it is absent.
func (d Detail) MarshalJSON() ([]byte, error) { return d.raw.MarshalJSON() }

// UnmarshalJSON stores a copy of data.
func (d *Detail) UnmarshalJSON(data []byte) error { return d.raw.UnmarshalJSON(data) }
