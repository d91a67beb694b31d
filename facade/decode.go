package facade

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// decodeInto makes c decode its response into out, and returns out. It is
// lenient: unknown fields and fields of the wrong type are skipped. unusable says
// why out is of no use to the caller, or ""; it may be nil.
func decodeInto[T any](c *call, out *T, unusable func(*call, *T) string) *T {
	c.decode = func(body []byte) (problem string, err error) {
		err = json.Unmarshal(body, out)
		if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !mistyped {
			return "the body is not JSON", err
		}
		if bytes.Contains(body, []byte(`"_raw"`)) {
			// Once more, so that large numbers in it keep every digit.
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.UseNumber()
			_ = dec.Decode(out)
		}
		if unusable == nil {
			return "", nil
		}
		return unusable(c, out), nil
	}
	return out
}

// unusableSession returns why got cannot be used, or "", without showing it.
func unusableSession(c *call, got *gen.CreateSessionResponse) string {
	uri, err := url.Parse(origin(got.Data.SessionURI)) // the token that follows is long
	switch {
	case got.Data.SessionURI == "":
		return "session_uri is missing or not a string"
	case got.Data.SessionToken == "":
		return "session_token is missing or not a string"
	case textProblem(got.Data.SessionToken) != "":
		return "session_token is not a valid token"
	case textProblem(got.Data.SessionURI) != "" || strings.Contains(got.Data.SessionURI, " "):
		return "session_uri is not a valid URI"
	case err != nil || uri.Host == "":
		return "session_uri is not an absolute URL"
	case uri.Scheme == "https" || uri.Scheme == "http" && !c.baseURL.https:
		return ""
	}
	return "session_uri is not an https URL"
}

// origin returns uri up to its path, query or fragment.
func origin(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return uri[:len(uri)-len(rest)+end]
	}
	return uri
}
