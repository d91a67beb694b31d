// Package errors holds every error that package
// [github.com/apideck-community/vault-go/facade] returns. Import it under a
// name of its own:
//
//	apierrors "github.com/apideck-community/vault-go/errors"
//
// There are four types, one for each thing that a caller can do about an error.
// All are pointers.
//
//   - [APIError]: an error response. Its status decides.
//   - [TransportError]: there is no complete response, or the context is done.
//     Try again later.
//   - [InvalidResponseError]: a response with a success status has no session.
//     Something between the program and the API is broken.
//   - [ValidationError]: the input is not valid, and nothing was sent. Fix it.
//
// [errors.Is] branches by a sentinel, and [errors.AsType] gives the details:
//
//	if errors.Is(err, apierrors.ErrUnauthorized) {
//		fmt.Println("see APIDECK_API_KEY")
//	}
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
//		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
//	}
//
// If the context is done between two attempts, both its error and the failure of
// the last attempt are in the chain. So [errors.Is] finds [context.Canceled] and
// ErrServer in the same error.
//
// What to do about a status, beside reading Message and Detail:
//
//   - [ErrBadRequest]: the request or a header is not valid. For a redirect URI,
//     register it in the application's settings.
//   - [ErrUnauthorized]: the key is wrong, revoked, or of another application.
//   - [ErrPaymentRequired]: the request limit of the plan is reached.
//   - [ErrNotFound]: something that the request names does not exist. Check the
//     application id and the base URL.
//   - [ErrUnprocessable]: the request is valid and cannot be carried out. A site
//     that embeds Vault JS must be registered under OAuth protection.
//   - [ErrRateLimited] and [ErrServer]: the client has retried if it could;
//     NotRetried says why not. Try again after RetryAfter, or later.
//
// A message is one line of at most 512 bytes, without control characters. It has
// the API's message and the start of its detail, and never the API key or a
// session: it can be logged. Several validation errors, joined, have a line each.
// Messages are for developers, not for a page that a customer sees.
package errors
