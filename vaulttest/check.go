package vaulttest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
// returns the response to it. The request has the key masked, authorization does not.
func (s *Server) checkHeader(r *Request, authorization string) (reply Reply, ok bool) {
	scheme, key, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return errorReply(http.StatusUnauthorized, "Missing authentication"), false
	}
	if !accepts(s.apiKeys, key) {
		return errorReply(http.StatusUnauthorized, "Unknown API key"), false
	}

	if r.AppID == "" {
		return badHeader("Missing Header: x-apideck-app-id"), false
	}
	if r.ConsumerID == "" && r.Path != connectionsPath {
		return badHeader("Missing Header: x-apideck-consumer-id"), false
	}

	if !accepts(s.appIDs, r.AppID) {
		return errorReply(http.StatusUnauthorized, "Unknown application id"), false
	}
	return Reply{}, true
}

// accepts reports whether list has value, or is empty.
func accepts(list []string, value string) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

// decodeSession decodes the body of a request for a session, which is optional.
// It also returns the body as it was sent, with the keys of consumer_metadata
// that the contract does not define.
func decodeSession(body []byte) (session facade.Session, sent map[string]any, err error) {
	if len(body) > maxBody {
		return session, nil, errors.New("the body is too large")
	}
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

// decodeStrictly decodes body into the session and returns it as a map too. The
// rules come from the generated types, so that the contract can grow without a
// change here.
func decodeStrictly(body []byte, session *facade.Session) (sent map[string]any, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()

	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("the body has more than one JSON value")
	}

	// If a key appears twice, the last one wins, as in other parsers.
	// encoding/json would merge the two.
	normal, _ := json.Marshal(value) // cannot fail: it was decoded from JSON

	err = hosted.Unmarshal(normal, session)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil, invalid(wrong.Field, "cannot be a JSON "+wrong.Value)
	}

	sent, _ = value.(map[string]any)
	return sent, cmp.Or(err, checkValue("", reflect.ValueOf(*session), value))
}

// invalid returns an error about the value at path.
func invalid(path, reason string) error {
	return fmt.Errorf("%s: %s", cmp.Or(strings.TrimPrefix(path, "."), "body"), reason)
}

// allowed has the values of each enum, for messages.
var allowed = map[reflect.Type]any{
	reflect.TypeFor[gen.Action]():     everyAction,
	reflect.TypeFor[gen.UnifiedAPI](): everyUnifiedAPI,
}

// checkValue returns an error for what encoding/json accepts and the contract does
// not: null, values outside an enum, and keys that are unknown, missing or in
// another case. v was decoded from sent.
func checkValue(path string, v reflect.Value, sent any) (err error) {
	if v.Kind() == reflect.Interface { // any of several types
		return nil
	}
	if sent == nil {
		return invalid(path, "cannot be null")
	}

	v = reflect.Indirect(v)
	if enum, ok := v.Interface().(interface{ Valid() bool }); ok && !enum.Valid() {
		return invalid(path, fmt.Sprintf("must be one of %v, not %#v", allowed[v.Type()], sent))
	}

	switch sent := sent.(type) {
	case []any:
		for i, element := range sent {
			err = cmp.Or(err, checkValue(fmt.Sprintf("%s[%d]", path, i), v.Index(i), element))
		}
	case map[string]any:
		if v.Kind() == reflect.Struct {
			return checkStruct(path, v, sent)
		}
		for key, element := range sent {
			err = cmp.Or(err, checkValue(path+"."+key, v.MapIndex(reflect.ValueOf(key)), element))
		}
	}
	return err
}

// checkStruct is checkValue for an object with the keys of a struct.
func checkStruct(path string, v reflect.Value, sent map[string]any) (err error) {
	unknown := maps.Clone(sent)
	for field, value := range v.Fields() {
		key, omit, _ := strings.Cut(field.Tag.Get("json"), ",")
		element, isSent := sent[key]
		isNull := element == nil && field.Tag.Get("nullable") == "true"
		delete(unknown, key)

		switch {
		case isSent && !isNull:
			err = cmp.Or(err, checkValue(path+"."+key, value, element))
		case !isSent && omit == "":
			err = cmp.Or(err, invalid(path+"."+key, "missing"))
		case !isSent && !value.IsZero():
			err = cmp.Or(err, invalid(path+"."+key, "sent in another case"))
		}
	}

	_, isOpen := v.Interface().(gen.ConsumerMetadata)
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		if !isOpen {
			err = cmp.Or(err, invalid(path+"."+key, "unknown key"))
		}
	}
	return err
}
