package hosted

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// row is a line of the table "What this session asks for".
type row struct {
	Field  string // on the wire, such as "settings.show_logs"
	Value  string // as JSON: what was sent, or the default, or ""
	Origin string // sent, default or not sent
	Effect string // on this page
}

// Rows returns the table: every field of a session that the contract has.
func (p *page) Rows() []row {
	var rows []row
	session := reflect.TypeFor[gen.Session]()
	for field := range session.Fields() {
		name := wireName(field)
		if field.Type.Kind() != reflect.Struct {
			value, sent := p.sent[name]
			rows = append(rows, p.row(name, value, sent))
			continue
		}
		section, _ := p.sent[name].(map[string]any)
		for inner := range field.Type.Fields() {
			value, sent := section[wireName(inner)]
			rows = append(rows, p.row(name+"."+wireName(inner), value, sent))
		}
	}
	return rows
}

func wireName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func (p *page) row(field string, value any, sent bool) row {
	r := row{Field: field, Origin: "sent"}
	if sent {
		var text strings.Builder
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false) // html/template does that
		enc.Encode(value)        // which came from JSON
		r.Value = strings.TrimSpace(text.String())
	} else if r.Value = p.defaults[strings.TrimPrefix(field, "settings.")]; r.Value != "" {
		r.Origin = "default"
	} else {
		r.Origin = "not sent"
	}
	effect := effects[field]
	switch why := p.LeftOut[field]; {
	case why != "":
		r.Effect = "Left out: " + why + "."
	case r.Value == "" || r.Value == "false":
		r.Effect = effect[1]
	default:
		r.Effect = effect[0]
	}
	return r
}

// effects says what a field does on this page: when it is sent and not false,
// and otherwise. A field that is not here does nothing.
var effects = map[string][2]string{
	"redirect_uri":                     {"Done leads there.", "There is no Done button."},
	"custom_consumer_settings":         {"The page does not use it.", ""},
	"settings.unified_apis":            {"The list has these APIs; [] is every API.", "The list has every API."},
	"settings.allow_actions":           {"Connections offer only these actions.", "Connections offer every action."},
	"settings.session_length":          {"The page expires after it.", ""},
	"settings.auto_redirect":           {"The page returns once a connection is callable.", "The page stays until Done."},
	"settings.hide_guides":             {"Integrations have no guide.", "Each integration has a guide."},
	"settings.hide_resource_settings":  {"Authorized connections are callable.", "Connections are callable once set up."},
	"settings.isolation_mode":          {"There is no navigation.", "The page has its navigation."},
	"settings.sandbox_mode":            {"A banner says that this is a test.", "There is no banner."},
	"settings.show_logs":               {"The sidebar has Logs.", "There are no logs."},
	"settings.show_sidebar":            {"The page has its sidebar.", "There is no sidebar."},
	"settings.show_suggestions":        {"The sidebar has Suggestions.", "There are no suggestions."},
	"theme.favicon":                    {"The icon of the browser's tab.", ""},
	"theme.logo":                       {"Beside the name. Initials, if it does not load.", "Initials."},
	"theme.primary_color":              {"Buttons and links, adjusted to be readable.", "The page's own colour."},
	"theme.sidepanel_background_color": {"The sidebar, adjusted to be readable.", "The page's own colour."},
	"theme.sidepanel_text_color":       {"Text in the sidebar, adjusted to be readable.", "The page's own colour."},
	"theme.vault_name":                 {"At the top.", "The account's name is at the top."},
	"theme.privacy_url":                {"A link.", ""},
	"theme.terms_url":                  {"A link.", ""},
	"consumer_metadata.account_name":   {"In the sidebar.", ""},
	"consumer_metadata.user_name":      {"In the sidebar.", ""},
	"consumer_metadata.email":          {"In the sidebar.", ""},
	"consumer_metadata.image":          {"In the sidebar. Initials, if it does not load.", "Initials."},
}

// asMap returns v as JSON has it.
func asMap(v any) (m map[string]any) {
	b, err := json.Marshal(v)
	if err := cmp.Or(err, Unmarshal(b, &m)); err != nil {
		panic(err) // v came from JSON
	}
	return m
}

// Unmarshal is json.Unmarshal that keeps every digit of a number in an any.
func Unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
