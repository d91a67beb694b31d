package vaulttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// maxBody is larger than any body that the facade sends.
const maxBody = 1 << 20

// problem is the body of an error response.
type problem struct {
	StatusCode int    `json:"status_code"`
	Error      string `json:"error"`
	TypeName   string `json:"type_name"`
	Message    string `json:"message"`
	Detail     string `json:"detail"`
	Ref        string `json:"ref"`
}

func newProblem(status int, typeName, message, detail string) *problem {
	return &problem{status, http.StatusText(status), typeName, message, detail,
		"https://developers.apideck.com/errors#" + strings.ToLower(typeName)}
}

func badRequest(detail string) *problem {
	return newProblem(http.StatusBadRequest, "RequestValidationError", "Invalid Params", detail)
}

func unauthorized(detail string) *problem {
	return newProblem(http.StatusUnauthorized, "UnauthorizedError", "Unauthorized Request", detail)
}

func badHeader(detail string) *problem {
	return newProblem(http.StatusBadRequest, "RequestHeadersValidationError", "Invalid Headers", detail)
}

func writeProblem(w http.ResponseWriter, p *problem) { writeJSON(w, p.StatusCode, p) }

// check validates a request against the contract and decodes its session.
func (s *Server) check(r *http.Request, body []byte) (facade.Session, *problem) {
	var session facade.Session
	if r.URL.Path != "/vault/sessions" || r.Method != http.MethodPost {
		return session, newProblem(http.StatusNotFound, "EntityNotFoundError", "Unknown Route", r.Method+" "+r.URL.Path)
	}
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok || key == "":
		return session, unauthorized("Missing authentication")
	case s.apiKeys != nil && !slices.Contains(s.apiKeys, key):
		return session, unauthorized("Unknown API key")
	}
	for _, name := range []string{"x-apideck-app-id", "x-apideck-consumer-id"} {
		if r.Header.Get(name) == "" {
			return session, badHeader("Missing Header: " + name)
		}
	}
	if s.appIDs != nil && !slices.Contains(s.appIDs, r.Header.Get("x-apideck-app-id")) {
		return session, unauthorized("Unknown application id")
	}
	if len(body) == 0 {
		return session, nil // the contract's body is optional
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return session, badHeader("Content-Type must be application/json")
	}
	if err := decodeStrictly(body, &session); err != nil {
		return session, badRequest(err.Error())
	}
	length := session.Settings.SessionLength
	if _, ok := sessionLength(length); !ok {
		return session, badRequest(fmt.Sprintf(
			`settings.session_length: %q must be one integer and one unit, at most one week, such as "30m"`, length))
	}
	return session, nil
}

// decodeStrictly decodes body into v. Unlike encoding/json, it rejects unknown
// keys, keys in another case, null, values outside an enum, and more than one
// JSON value. The rules come from v's generated type, so that the contract can
// grow without a change here.
func decodeStrictly(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var loose any
	if err := dec.Decode(&loose); err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("the body has more than one JSON value")
	}
	if err := conform("", reflect.TypeOf(v).Elem(), loose); err != nil {
		return err
	}
	// If a key appears twice, the last one wins, as in other parsers.
	// encoding/json would merge the two.
	normal, err := json.Marshal(loose)
	if err != nil {
		return err
	}
	return hosted.Unmarshal(normal, v)
}

// conform returns an error if value, decoded from JSON, is not of type t.
func conform(path string, t reflect.Type, value any) error {
	name := strings.TrimPrefix(path, ".")
	if name == "" {
		name = "body"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return conform(path, t.Elem(), value)
	case reflect.Struct:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: must be an object", name)
		}
		fields := make(map[string]reflect.Type, t.NumField())
		for i := range t.NumField() {
			key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			fields[key] = t.Field(i).Type
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			field, known := fields[key]
			if !known {
				return fmt.Errorf("%s: unknown key", strings.TrimPrefix(path+"."+key, "."))
			}
			if err := conform(path+"."+key, field, object[key]); err != nil {
				return err
			}
		}
	case reflect.Slice:
		array, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s: must be an array", name)
		}
		for i, element := range array {
			if err := conform(fmt.Sprintf("%s[%d]", path, i), t.Elem(), element); err != nil {
				return err
			}
		}
	case reflect.Map:
		if _, ok := value.(map[string]any); !ok {
			return fmt.Errorf("%s: must be an object", name)
		}
	case reflect.Bool:
		if _, ok := value.(bool); !ok {
			return fmt.Errorf("%s: must be a boolean", name)
		}
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("%s: must be a string", name)
		}
		v := reflect.New(t).Elem()
		v.SetString(text)
		if enum, ok := v.Interface().(interface{ Valid() bool }); ok && !enum.Valid() {
			return fmt.Errorf("%s: %q is not one of the allowed values", name, text)
		}
	default:
		if _, ok := value.(json.Number); !ok {
			return fmt.Errorf("%s: must be a number", name)
		}
	}
	return nil
}
