package hosted

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// row is a row of the table "Session fields".
type row struct {
	Field  string // JSON name, such as "settings.show_logs"
	Value  string // as JSON: the value sent, the default, or ""
	Origin string // sent, default or not sent
	Effect string // on this page
}

// Rows returns one row for each field of a session in the contract.
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
		enc.SetEscapeHTML(false) // html/template escapes it
		enc.Encode(value)        // cannot fail: value was decoded from JSON
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

// effects maps a field to its effect on this page: if it is sent and not false,
// and otherwise. A field that is not in the map has no effect.
var effects = map[string][2]string{
	"redirect_uri":                     {"Done returns to it.", "There is no Done button."},
	"custom_consumer_settings":         {"Not used on this page.", ""},
	"settings.unified_apis":            {"Only these APIs are listed; [] means every API.", "Every API is listed."},
	"settings.allow_actions":           {"Connections offer only these actions.", "Connections offer every action."},
	"settings.session_length":          {"How long the session is valid.", ""},
	"settings.auto_redirect":           {"Redirects once a connection is callable.", "Done returns to the application."},
	"settings.hide_guides":             {"Integrations have no guide.", "Each integration has a guide."},
	"settings.hide_resource_settings":  {"Callable once authorized.", "Callable once set up."},
	"settings.isolation_mode":          {"There is no navigation.", "There is navigation."},
	"settings.sandbox_mode":            {"There is a sandbox banner.", "There is no banner."},
	"settings.show_logs":               {"The sidebar has Logs.", "There are no logs."},
	"settings.show_sidebar":            {"There is a sidebar.", "There is no sidebar."},
	"settings.show_suggestions":        {"The sidebar has Suggestions.", "There are no suggestions."},
	"theme.favicon":                    {"Icon of the browser tab.", ""},
	"theme.logo":                       {"Beside the name; initials if it does not load.", "Initials."},
	"theme.primary_color":              {"Buttons and links, adjusted for contrast.", "The page's own color."},
	"theme.sidepanel_background_color": {"Sidebar, adjusted for contrast.", "The page's own color."},
	"theme.sidepanel_text_color":       {"Text in the sidebar, adjusted for contrast.", "The page's own color."},
	"theme.vault_name":                 {"At the top.", "The account name is at the top."},
	"theme.privacy_url":                {"A link.", ""},
	"theme.terms_url":                  {"A link.", ""},
	"consumer_metadata.account_name":   {"In the sidebar.", ""},
	"consumer_metadata.user_name":      {"In the sidebar.", ""},
	"consumer_metadata.email":          {"In the sidebar.", ""},
	"consumer_metadata.image":          {"In the sidebar; initials if it does not load.", "Initials."},
}

// asMap encodes v as JSON and decodes it into a map.
func asMap(v any) (m map[string]any) {
	b, err := json.Marshal(v)
	if err := cmp.Or(err, Unmarshal(b, &m)); err != nil {
		panic(err) // v was decoded from JSON
	}
	return m
}

// Unmarshal is like json.Unmarshal, but keeps every digit of a number in an any.
func Unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
