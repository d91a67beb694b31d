// Package errors defines the errors that package
// [github.com/apideck-community/vault-go/facade] returns. Import it under
// another name:
//
//	apierrors "github.com/apideck-community/vault-go/errors"
//
// There are four types, one for each kind of failure. All are pointers.
//
//   - [APIError]: an error response. What to do depends on its status.
//   - [TransportError]: there is no complete response, or the context is done.
//     Failures that may be temporary have been retried; look at Err before you
//     try again.
//   - [InvalidResponseError]: a success status without a usable session, or with
//     the session of another consumer. Something between the program and the API
//     is broken.
//   - [ValidationError]: the input is not valid, and nothing was sent. Fix it.
//
// [errors.Is] matches a status, and [errors.AsType] gives the details:
//
//	if errors.Is(err, apierrors.ErrUnauthorized) {
//		fmt.Println("check APIDECK_API_KEY and APIDECK_APP_ID")
//	}
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
//		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
//	}
//
// [Temporary] reports whether the same call may succeed later. Use it to choose
// between 503 and 502, or to offer a button to try again.
//
// If the context is done after an attempt has failed, the error wraps both the
// context's error and that failure: [errors.Is] can find [context.Canceled] and
// ErrServer in the same error.
//
// What to do about a status, besides reading Message and Detail:
//
//   - [ErrBadRequest]: the request or a header is not valid. For a redirect URI,
//     register it in the application's settings.
//   - [ErrUnauthorized]: the key is wrong, revoked, or belongs to another application.
//   - [ErrPaymentRequired]: the request limit of the plan is reached.
//   - [ErrNotFound]: something that the request names does not exist. Check the
//     application id and the base URL.
//   - [ErrUnprocessable]: the request is valid but cannot be carried out. For
//     example, the site that embeds Vault JS is not registered under OAuth
//     protection.
//   - [ErrRateLimited] and [ErrServer]: try again after RetryAfter, or later.
//     NotRetried says why the client stopped before MaxAttempts, if it did.
//
// The message of an error is one line of at most 512 bytes, without control
// characters; joined validation errors have a line each. It has the API's message
// and the start of its detail, but neither the API key nor a session, so it can be
// logged. Messages are for developers, not for consumers.
package errors
