package vaulttest

import (
	"cmp"
	"net/http"
	"strings"
)

// problem is the body of an error response.
type problem struct {
	StatusCode int    `json:"status_code"`
	Error      string `json:"error"`
	TypeName   string `json:"type_name"`
	Message    string `json:"message"`
	Detail     any    `json:"detail"` // a string or an object
	Ref        string `json:"ref"`
}

// named has the type_name and the message of the statuses that the API documents.
var named = map[int]problem{
	400: {TypeName: "RequestValidationError", Message: "Invalid Params"},
	401: {TypeName: "UnauthorizedError", Message: "Unauthorized Request"},
	402: {TypeName: "RequestLimitError", Message: "Request Limit Reached"},
	404: {TypeName: "EntityNotFoundError", Message: "Unknown Entity"},
	422: {TypeName: "InvalidStateError", Message: "Invalid State"},
	429: {TypeName: "TooManyRequestsError"},
	503: {TypeName: "ServiceUnavailableError"},
}

// reply returns the error response with status and p's fields, or those that the
// API documents for the status.
func (p problem) reply(status int) Reply {
	p.StatusCode = status
	p.Error = http.StatusText(status)
	p.TypeName = cmp.Or(p.TypeName, named[status].TypeName, "UnexpectedError")
	p.Message = cmp.Or(p.Message, named[status].Message, p.Error)
	p.Ref = "https://developers.apideck.com/errors#" + strings.ToLower(p.TypeName)
	return jsonReply(status, p)
}

func errorReply(status int, detail any) Reply { return problem{Detail: detail}.reply(status) }

func badHeader(detail string) Reply {
	return problem{TypeName: "RequestHeadersValidationError", Detail: detail}.reply(http.StatusBadRequest)
}

func notFound(message, detail string) Reply {
	return problem{Message: message, Detail: detail}.reply(http.StatusNotFound)
}
