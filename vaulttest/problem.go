package vaulttest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// named has the type_name and the message of the statuses that the API documents.
var named = map[int]gen.Error{
	400: {TypeName: "RequestValidationError", Message: "Invalid Params"},
	401: {TypeName: "UnauthorizedError", Message: "Unauthorized Request"},
	402: {TypeName: "RequestLimitError", Message: "Request Limit Reached"},
	404: {TypeName: "EntityNotFoundError", Message: "Unknown Entity"},
	422: {TypeName: "InvalidStateError", Message: "Invalid State"},
	429: {TypeName: "TooManyRequestsError"},
	503: {TypeName: "ServiceUnavailableError"},
}

// errorReply returns the error response with status. The detail is a string or an
// object.
func errorReply(status int, detail any) Reply {
	return describe(named[status], status, detail)
}

// badHeader returns the error response to a request with a header that is not valid.
func badHeader(detail string) Reply {
	body := named[http.StatusBadRequest]
	body.TypeName = "RequestHeadersValidationError"
	return describe(body, http.StatusBadRequest, detail)
}

// describe returns an error response with what body does not have yet.
func describe(body gen.Error, status int, detail any) Reply {
	body.StatusCode = float64(status)
	body.Error = http.StatusText(status)
	body.TypeName = cmp.Or(body.TypeName, "UnexpectedError")
	body.Message = cmp.Or(body.Message, body.Error)
	body.Detail, _ = json.Marshal(detail)
	body.Ref = "https://developers.apideck.com/errors#" + strings.ToLower(body.TypeName)
	return jsonReply(status, body)
}

// jsonReply returns a response with v as its body. v must have only strings, numbers
// and what was decoded from JSON.
func jsonReply(status int, v any) Reply {
	body, _ := json.Marshal(v)
	return Reply{Status: status, Body: string(body)}
}
