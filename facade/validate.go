package facade

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// join returns nil, the only problem as it is, or several joined.
func join(problems ...error) error {
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	if len(problems) == 1 {
		return problems[0]
	}
	return errors.Join(problems...)
}

// require returns an error unless ok.
func require(ok bool, field, format string, args ...any) error {
	if ok {
		return nil
	}
	return invalid(field, format, args...)
}

// textProblem returns why value cannot be the value of a header, or "". net/http
// would trim outer space, so that two ids could mean one consumer. The text does
// not show the value, which may be a secret.
func textProblem(value string) string {
	if value == "" {
		return "is empty"
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' || b == 0x7f {
			return fmt.Sprintf("has a control character at byte %d; remove it, it may be the line break of a file", i)
		} else if b > 0x7f {
			return fmt.Sprintf("has a non-ASCII character at byte %d; use url.QueryEscape, or xn-- for a host", i)
		}
	}
	if value != strings.TrimSpace(value) {
		return "begins or ends with a space; remove it"
	}
	return ""
}

func checkText(field, value string) error {
	problem := textProblem(value)
	return require(problem == "", field, "%s", problem)
}

// checkID is also for an id in a path, where "." and ".." mean another path.
func checkID(field, id string) error {
	switch {
	case len(id) > 255:
		return invalid(field, "is %d bytes long; it must be at most 255", len(id))
	case id == "." || id == "..":
		return invalid(field, `must not be "." or ".."`)
	}
	return checkText(field, id)
}

func checkAPIKey(field, key string) error {
	if key == "" {
		return invalid(field, "is empty; give it a key, or leave the option out and set %s", EnvAPIKey)
	}
	if scheme, _, _ := strings.Cut(key, " "); strings.EqualFold(scheme, "Bearer") {
		return invalid(field, `begins with "Bearer"; remove it`)
	}
	return checkText(field, key)
}
