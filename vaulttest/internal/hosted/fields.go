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

// Rows returns one row for each field of a session in the contract, and for each
// other field that was sent.
func (p *page) Rows() []row { return p.rows("", reflect.TypeFor[gen.Session](), p.Sent) }

// rows returns the rows of struct t. The names of its fields get the prefix.
func (p *page) rows(prefix string, t reflect.Type, sent map[string]any) (rows []row) {
	unknown := maps.Clone(sent)
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		value, isSent := sent[name]
		delete(unknown, name)

		r := row{Field: prefix + name}
		switch {
		case field.Type.Kind() == reflect.Struct:
			section, _ := value.(map[string]any)
			rows = append(rows, p.rows(name+".", field.Type, section)...)
			continue
		case isSent:
			r = sentRow(r.Field, value, p.Notes[r.Field])
		case p.defaults[name] != "":
			r.Value = p.defaults[name]
			r.Origin = "default"
		default:
			r.Origin = "not sent"
		}
		rows = append(rows, r)
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		rows = append(rows, sentRow(prefix+name, unknown[name], "not used on this page"))
	}
	return rows
}

func sentRow(field string, value any, note string) row {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // html/template escapes it
	enc.Encode(value)        // cannot fail: value was decoded from JSON

	return row{
		Field:  field,
		Value:  strings.TrimSpace(text.String()),
		Origin: "sent",
		Note:   note,
	}
}

// Unmarshal is like json.Unmarshal, but keeps every digit of a number in an any.
func Unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
