package hosted

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// row is a row of the table "Session fields".
type row struct {
	Field  string // JSON name, such as "settings.show_logs"
	Value  string // as JSON: the value sent, the default, or ""
	Origin string // sent, default or not sent
	Note   string // why the value is not used as it was sent
}

const notUsed = "not used on this page"

// Rows returns one row for each field of a session in the contract, and for each
// other field that was sent.
func (p *page) Rows() []row {
	var rows []row
	for field := range reflect.TypeFor[gen.Session]().Fields() {
		name := wireName(field)
		value, sent := p.Sent[name]
		if field.Type.Kind() != reflect.Struct {
			rows = append(rows, p.row(name, value, sent))
			continue
		}

		section, _ := value.(map[string]any)
		unknown := maps.Clone(section)
		for inner := range field.Type.Fields() {
			value, sent := section[wireName(inner)]
			rows = append(rows, p.row(name+"."+wireName(inner), value, sent))
			delete(unknown, wireName(inner))
		}
		for _, key := range slices.Sorted(maps.Keys(unknown)) {
			r := p.row(name+"."+key, unknown[key], true)
			r.Note = notUsed
			rows = append(rows, r)
		}
	}
	return rows
}

func wireName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func (p *page) row(field string, value any, sent bool) row {
	r := row{Field: field, Origin: "sent", Note: p.Notes[field]}
	if !sent {
		r.Value = p.defaults[strings.TrimPrefix(field, "settings.")]
		r.Origin = "not sent"
		if r.Value != "" {
			r.Origin = "default"
		}
		return r
	}

	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // html/template escapes it
	enc.Encode(value)        // cannot fail: value was decoded from JSON
	r.Value = strings.TrimSpace(text.String())
	if field == "custom_consumer_settings" {
		r.Note = notUsed
	}
	return r
}

// Unmarshal is like json.Unmarshal, but keeps every digit of a number in an any.
func Unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
