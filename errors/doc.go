// Package errors holds every error that package
// [github.com/apideck-community/vault-go/facade] returns. Import it under a
// name of its own:
//
//	apierrors "github.com/apideck-community/vault-go/errors"
//
// There are four types, one for each thing that a caller can do about it. All
// are pointers.
//
//   - [APIError]: the API answered and refused. Its status decides.
//   - [TransportError]: no usable answer came, or the context ended. Try again
//     later, if the context is alive.
//   - [InvalidResponseError]: an answer came with a success status and holds
//     no session. Something between the program and the API is broken.
//   - [ValidationError]: the input cannot be sent, and nothing was. Mend it.
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
// A context that ends while the client waits to retry leaves both in the chain:
// the context's error and the failure of the last attempt. So [errors.Is] finds
// [context.Canceled] and ErrServer in the same error.
//
// What to do about a status, beside reading Message and Detail:
//
//   - [ErrBadRequest]: the request or a header does not fit. With a redirect
//     URI, see that the application has registered it.
//   - [ErrUnauthorized]: the key is wrong, revoked, or of another application.
//   - [ErrPaymentRequired]: the plan's limit is reached.
//   - [ErrNotFound]: something that the request names does not exist. See that
//     the base URL is the API's.
//   - [ErrUnprocessable]: the request fits and cannot be carried out.
//   - [ErrRateLimited] and [ErrServer]: the client has retried what is worth a
//     retry; try again after RetryAfter, or later.
//
// A message is one line of at most 512 bytes, without control characters, and
// holds neither the API key nor a response body: it can be logged. Several
// validation errors, joined, have a line each. Messages are written for
// developers, not for a page that a customer sees.
package errors
