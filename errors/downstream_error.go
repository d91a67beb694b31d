package errors

// DownstreamError is an error that a connected service returned to the API.
type DownstreamError struct {
	Message string `json:"message"` // what went wrong
	Detail  string `json:"detail"`  // more about what went wrong
	Code    string `json:"code"`    // the service's own code
}
