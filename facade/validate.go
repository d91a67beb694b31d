package facade

import (
	"fmt"
	"strings"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func invalid(field, format string, args ...any) error {
	return &apierrors.ValidationError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// checkText accepts what crosses HTTP as a header value unchanged: net/http
// would trim outer space, so that two ids could mean one consumer. The message
// never shows the value, which may be a secret.
func checkText(field, value string) error {
	if problem := textProblem(value); problem != "" {
		return invalid(field, "%s", problem)
	}
	return nil
}

func textProblem(value string) string {
	if value == "" {
		return "is empty"
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' || b == 0x7f {
			return fmt.Sprintf("has a control character at byte %d; remove it (a line break at the end is often read from a file)", i)
		} else if b > 0x7f {
			return fmt.Sprintf("has a non-ASCII character at byte %d; encode the value first", i)
		}
	}
	if value != strings.TrimSpace(value) {
		return "begins or ends with a space; remove it"
	}
	return ""
}

func checkID(field, id string) error {
	if len(id) > 255 {
		return invalid(field, "is %d bytes long; at most 255 are allowed", len(id))
	}
	return checkText(field, id)
}

func checkAPIKey(field, key string) error {
	if err := checkText(field, key); err != nil {
		return err
	}
	if len(key) >= 6 && strings.EqualFold(key[:6], "bearer") && (len(key) == 6 || key[6] == ' ') {
		return invalid(field, `begins with "Bearer"; give the key alone`)
	}
	return nil
}
