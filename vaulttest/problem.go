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

// reply returns the error response with status and detail.
func (p problem) reply(status int, detail any) Reply {
	p.StatusCode = status
	p.Error = http.StatusText(status)
	p.TypeName = cmp.Or(p.TypeName, "UnexpectedError")
	p.Message = cmp.Or(p.Message, p.Error)
	p.Detail = detail
	p.Ref = "https://developers.apideck.com/errors#" + strings.ToLower(p.TypeName)
	return jsonReply(status, p)
}

func errorReply(status int, detail any) Reply { return named[status].reply(status, detail) }

func badHeader(detail string) Reply {
	p := problem{TypeName: "RequestHeadersValidationError", Message: "Invalid Params"}
	return p.reply(http.StatusBadRequest, detail)
}
