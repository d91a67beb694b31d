//go:build go1.27

package facade

import (
	"encoding/json/v2"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestCreateSessionResponse_JSONv2HasNoSession(t *testing.T) {
	out, err := createSession(t, newClient(t, session.option()))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal([]any{out, *out})
	if err != nil {
		t.Error(err)
	}
	checkNoSecret(t, "JSON", string(encoded))
}

func TestAPIError_JSONv2IsTheMessage(t *testing.T) {
	err := error(&apierrors.APIError{StatusCode: 429, Message: "slow down", RetryAfter: maxRetryAfter})
	encoded, marshalErr := json.Marshal(err)
	if marshalErr != nil || !strings.Contains(string(encoded), "429 Too Many Requests: slow down") {
		t.Errorf("got %s, %v", encoded, marshalErr)
	}
}
