package errors

import (
	"bytes"
	"encoding/json"
)

// Detail is the detail field of an error response: the API sends a string or an
// object. The zero Detail is an absent one.
type Detail struct {
	raw json.RawMessage
}

// Raw returns the detail's JSON as it came, nil when it was absent. Do not
// modify it.
func (d Detail) Raw() json.RawMessage { return d.raw }

// Text returns the detail for people: the string itself, the compact JSON of
// anything else, "" when the detail was absent or null.
func (d Detail) Text() string {
	var text *string
	if json.Unmarshal(d.raw, &text) == nil {
		if text == nil {
			return ""
		}
		return *text
	}
	var compact bytes.Buffer
	if json.Compact(&compact, d.raw) != nil {
		return ""
	}
	return compact.String()
}

// Fields returns the detail if it is an object, else nil. Numbers are of type
// [json.Number], so that large ones keep every digit.
func (d Detail) Fields() map[string]any {
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(d.raw))
	dec.UseNumber()
	if dec.Decode(&fields) != nil {
		return nil
	}
	return fields
}

// Decode decodes the detail into v as [json.Unmarshal] does. An absent detail
// is decoded as null.
func (d Detail) Decode(v any) error {
	if d.raw == nil {
		return json.Unmarshal([]byte("null"), v)
	}
	return json.Unmarshal(d.raw, v)
}

// MarshalJSON returns the detail as it came, null when it was absent.
func (d Detail) MarshalJSON() ([]byte, error) { return d.raw.MarshalJSON() }

// UnmarshalJSON stores the detail as it comes.
func (d *Detail) UnmarshalJSON(data []byte) error { return d.raw.UnmarshalJSON(data) }
