package vaulttest

import (
	"bytes"
	"cmp"
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
	"github.com/apideck-community/vault-go/gen"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// maxBody is larger than any body that the facade sends.
const maxBody = 1 << 20

// checkHeader reports whether the request's headers are valid, and otherwise
// returns the response to it.
func (s *Server) checkHeader(r *http.Request) (reply Reply, ok bool) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return errorReply(http.StatusUnauthorized, "Missing authentication"), false
	}
	if len(s.apiKeys) > 0 && !slices.Contains(s.apiKeys, key) {
		return errorReply(http.StatusUnauthorized, "Unknown API key"), false
	}

	required := []string{"x-apideck-app-id", "x-apideck-consumer-id"}
	if r.URL.Path == connectionsPath {
		required = required[:1]
	}
	for _, name := range required {
		if r.Header.Get(name) == "" {
			return badHeader("Missing Header: " + name), false
		}
	}
	if len(s.appIDs) > 0 && !slices.Contains(s.appIDs, r.Header.Get("x-apideck-app-id")) {
		return errorReply(http.StatusUnauthorized, "Unknown application id"), false
	}
	return Reply{}, true
}

// isJSON reports whether the request says that its body is JSON.
func isJSON(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && media == "application/json"
}

// decodeSession decodes the body of a request for a session, which is optional.
// It also returns the body as it was sent, with the keys of consumer_metadata
// that the contract does not define.
func decodeSession(body []byte) (session facade.Session, sent map[string]any, err error) {
	if len(body) == 0 {
		return session, map[string]any{}, nil
	}
	if sent, err = decodeStrictly(body, &session); err != nil {
		return facade.Session{}, nil, err
	}

	length := session.Settings.SessionLength
	if _, ok := sessionLength(length); !ok {
		return facade.Session{}, nil, fmt.Errorf("settings.session_length: %q must be one integer "+
			`and one unit, at most one week, such as "30m"`, length)
	}
	if uri := session.RedirectURI; uri != "" && !hosted.IsReturnURI(uri) {
		return facade.Session{}, nil, fmt.Errorf(
			"redirect_uri: %q must be an absolute URI that a browser can be sent to", uri)
	}
	return session, sent, nil
}

// decodeStrictly decodes body into v and returns it as a map too. Unlike
// encoding/json, it rejects unknown keys, keys in another case, null, values
// outside an enum, and more than one JSON value. The rules come from v's
// generated type, so that the contract can grow without a change here.
func decodeStrictly(body []byte, v any) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var loose any
	if err := dec.Decode(&loose); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("the body has more than one JSON value")
	}
	if err := conform("", reflect.TypeOf(v).Elem(), loose); err != nil {
		return nil, err
	}

	// If a key appears twice, the last one wins, as in other parsers.
	// encoding/json would merge the two.
	normal, err := json.Marshal(loose)
	if err != nil {
		return nil, err
	}
	return loose.(map[string]any), hosted.Unmarshal(normal, v)
}

// conform returns an error if value, decoded from JSON, is not of type t.
func conform(path string, t reflect.Type, value any) error {
	var isWanted bool
	var want string
	switch t.Kind() {
	case reflect.Pointer:
		return conform(path, t.Elem(), value)
	case reflect.Struct:
		if object, ok := value.(map[string]any); ok {
			return conformObject(path, t, object)
		}
		want = "an object"
	case reflect.Slice:
		if array, ok := value.([]any); ok {
			return conformArray(path, t, array)
		}
		want = "an array"
	case reflect.Map:
		if object, ok := value.(map[string]any); ok {
			return conformMap(path, t, object)
		}
		want = "an object"
	case reflect.Interface:
		isWanted = true // any of several types
	case reflect.Bool:
		_, isWanted = value.(bool)
		want = "a boolean"
	case reflect.String:
		isWanted, want = conformString(t, value)
	default:
		_, isWanted = value.(json.Number)
		want = "a number"
	}
	if isWanted {
		return nil
	}
	name := strings.TrimPrefix(path, ".")
	return fmt.Errorf("%s: must be %s", cmp.Or(name, "body"), want)
}

func conformArray(path string, t reflect.Type, array []any) error {
	for i, element := range array {
		if err := conform(fmt.Sprintf("%s[%d]", path, i), t.Elem(), element); err != nil {
			return err
		}
	}
	return nil
}

func conformMap(path string, t reflect.Type, object map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if err := conform(path+"."+key, t.Elem(), object[key]); err != nil {
			return err
		}
	}
	return nil
}

// conformString reports whether value is a string and, if t is an enum, one of its
// values, and says what it must be.
func conformString(t reflect.Type, value any) (ok bool, want string) {
	text, ok := value.(string)
	if !ok {
		return false, "a string"
	}
	v := reflect.New(t).Elem()
	v.SetString(text)
	enum, isEnum := v.Interface().(interface{ Valid() bool })
	return !isEnum || enum.Valid(), fmt.Sprintf("one of %s, not %q", allowed[t], text)
}

// allowed has the values of each enum, for messages.
var allowed = map[reflect.Type]string{
	reflect.TypeFor[gen.Action]():     join(everyAction),
	reflect.TypeFor[gen.UnifiedAPI](): join(everyUnifiedAPI),
}

func join[T ~string](values []T) string {
	list := fmt.Sprint(slices.Sorted(slices.Values(values)))
	return strings.ReplaceAll(strings.Trim(list, "[]"), " ", ", ")
}

// conformObject returns an error if the keys of object are not those of struct t.
func conformObject(path string, t reflect.Type, object map[string]any) error {
	fail := func(key, reason string) error {
		return fmt.Errorf("%s: %s", strings.TrimPrefix(path+"."+key, "."), reason)
	}

	fields := make(map[string]reflect.StructField, t.NumField())
	for field := range t.Fields() {
		key, omit, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[key] = field
		if _, sent := object[key]; omit == "" && !sent {
			return fail(key, "missing")
		}
	}

	isOpen := t == reflect.TypeFor[gen.ConsumerMetadata]()
	for _, key := range slices.Sorted(maps.Keys(object)) {
		field, known := fields[key]
		// encoding/json would take a known key in another case for that key.
		_, isOtherCase := fields[strings.ToLower(key)]
		isExtra := isOpen && !isOtherCase
		isNull := object[key] == nil && field.Tag.Get("nullable") == "true"
		switch {
		case known && !isNull:
			if err := conform(path+"."+key, field.Type, object[key]); err != nil {
				return err
			}
		case !known && !isExtra:
			return fail(key, "unknown key")
		}
	}
	return nil
}
