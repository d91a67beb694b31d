// Package errors holds every error the client returns. Import it as apierrors:
//
//	import apierrors "github.com/apideck-community/vault-go/errors"
//
// Branch with [errors.Is] and a sentinel, look closer with [errors.AsType]:
//
//	if errors.Is(err, apierrors.ErrRateLimited) { … }
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok { log.Print(e.RequestID) }
//
// There are four types, one for each thing a caller can do about it:
//
//   - [APIError]: the API answered and refused. Its status decides.
//   - [TransportError]: no usable answer came. Try again later.
//   - [InvalidResponseError]: an answer came with a success status and holds
//     no session. Something between the program and the API is broken.
//   - [ValidationError]: the input cannot be sent, and nothing was. Mend it.
//
// All are pointers. Their messages are one line of at most 512 bytes, without
// control characters, and hold neither the API key nor a response body.
package errors
