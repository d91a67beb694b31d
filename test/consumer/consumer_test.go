package consumer

import (
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/vaulttest"
)

func TestProgramOutsideTheModuleCreatesSessions(t *testing.T) {
	server := vaulttest.NewServer(t)
	resp, err := create(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	uri, token, expires := read(resp)
	if !strings.HasSuffix(uri, token) || token == "" || expires.IsZero() {
		t.Errorf("%q, %q, %v", uri, token, expires)
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestProgramOutsideTheModuleReadsErrors(t *testing.T) {
	for want, err := range map[string]error{
		"apideck: rate limited": &apierrors.APIError{StatusCode: 429},
		"418":                   &apierrors.APIError{StatusCode: 418},
		"not sent":              &apierrors.TransportError{},
		"without a session":     &apierrors.InvalidResponseError{},
		"FieldReason":           &apierrors.ValidationError{Field: "Field", Reason: "Reason"},
	} {
		if got := describe(err); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestProgramOutsideTheModuleScriptsTheStandIn(t *testing.T) {
	if err := standIn(t.Context()); err != nil {
		t.Error(err)
	}
}
