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
	switch t.Kind() {
	case reflect.Pointer:
		return conform(path, t.Elem(), value)
	case reflect.Interface: // any of several types
		return nil
	case reflect.Struct:
		return conformStruct(path, t, value)
	case reflect.Map:
		return conformMap(path, t, value)
	case reflect.Slice:
		return conformSlice(path, t, value)
	case reflect.String:
		return conformString(path, t, value)
	case reflect.Bool:
		_, ok := value.(bool)
		return invalidUnless(ok, path, "must be a boolean")
	default:
		_, ok := value.(json.Number)
		return invalidUnless(ok, path, "must be a number")
	}
}

// invalidUnless returns an error about the value at path, or nil if it is ok.
func invalidUnless(ok bool, path, reason string) error {
	if ok {
		return nil
	}
	return invalid(path, reason)
}

func invalid(path, reason string) error {
	return fmt.Errorf("%s: %s", cmp.Or(strings.TrimPrefix(path, "."), "body"), reason)
}

func conformSlice(path string, t reflect.Type, value any) error {
	array, ok := value.([]any)
	err := invalidUnless(ok, path, "must be an array")
	for i, element := range array {
		err = cmp.Or(err, conform(fmt.Sprintf("%s[%d]", path, i), t.Elem(), element))
	}
	return err
}

func conformMap(path string, t reflect.Type, value any) error {
	object, ok := value.(map[string]any)
	err := invalidUnless(ok, path, "must be an object")
	for _, key := range slices.Sorted(maps.Keys(object)) {
		err = cmp.Or(err, conform(path+"."+key, t.Elem(), object[key]))
	}
	return err
}

// conformString returns an error if value is not a string or, if t is an enum, not
// one of its values.
func conformString(path string, t reflect.Type, value any) error {
	text, ok := value.(string)
	if !ok {
		return invalid(path, "must be a string")
	}

	v := reflect.New(t).Elem()
	v.SetString(text)
	enum, isEnum := v.Interface().(interface{ Valid() bool })
	isAllowed := !isEnum || enum.Valid()
	return invalidUnless(isAllowed, path, fmt.Sprintf("must be one of %v, not %q", allowed[t], text))
}

// allowed has the values of each enum, for messages.
var allowed = map[reflect.Type]any{
	reflect.TypeFor[gen.Action]():     everyAction,
	reflect.TypeFor[gen.UnifiedAPI](): everyUnifiedAPI,
}

// conformStruct returns an error if value is not an object with the keys of t.
func conformStruct(path string, t reflect.Type, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return invalid(path, "must be an object")
	}

	fields := make(map[string]reflect.StructField, t.NumField())
	for field := range t.Fields() {
		key, omit, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[key] = field
		if _, sent := object[key]; omit == "" && !sent {
			return invalid(path+"."+key, "missing")
		}
	}

	isOpen := t == reflect.TypeFor[gen.ConsumerMetadata]()
	for _, key := range slices.Sorted(maps.Keys(object)) {
		field, isKnown := fields[key]
		// encoding/json would take a known key in another case for that key.
		_, isOtherCase := fields[strings.ToLower(key)]
		isExtra := isOpen && !isOtherCase
		isNull := object[key] == nil && field.Tag.Get("nullable") == "true"
		var err error
		switch {
		case isKnown && !isNull:
			err = conform(path+"."+key, field.Type, object[key])
		case !isKnown:
			err = invalidUnless(isExtra, path+"."+key, "unknown key")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
