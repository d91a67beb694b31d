// Package errors defines the errors that package
// [github.com/apideck-community/vault-go/facade] returns. Import it under
// another name:
//
//	apierrors "github.com/apideck-community/vault-go/errors"
//
// There are four types, one for each kind of failure. All are pointers.
//
//   - [APIError]: the API responded with an error. What to do depends on its status.
//   - [TransportError]: there is no complete response, or the context is done. Err
//     is the cause.
//   - [InvalidResponseError]: a success status without a usable session, or with
//     the session of another consumer. Something between the program and the API
//     is broken.
//   - [ValidationError]: the input is not valid, and nothing was sent. Several are
//     joined.
//
// [Temporary] reports whether the same call may succeed later, so that a program can
// answer with the status 503, or else with 502. [errors.Is] matches a status, and
// [errors.AsType] gives the details:
//
//	if errors.Is(err, apierrors.ErrUnauthorized) {
//		fmt.Println("check APIDECK_API_KEY and APIDECK_APP_ID")
//	}
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
//		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
//	}
//
// If the context ends after an attempt has failed, the error wraps both causes:
// [errors.Is] can find [context.Canceled] and ErrServer in the same error. If a
// browser went away, its request's context is done: check r.Context().Err(), because
// a function of WithAPIKeyFunc may return [context.Canceled], too.
//
// What to do about a status, besides reading Message and Detail:
//
//   - [ErrBadRequest] (400): the request is not valid. If it is the redirect URI,
//     register it in the application's settings.
//   - [ErrUnauthorized] (401): the key is wrong, expired, revoked, or belongs to
//     another application.
//   - [ErrPaymentRequired] (402): the request limit of the plan is reached.
//   - [ErrNotFound] (404): check the application id and the base URL.
//   - [ErrUnprocessable] (422): the request cannot be carried out. With Vault JS, the
//     site may not be registered under OAuth protection.
//   - [ErrRateLimited] (429) and [ErrServer] (5xx): try again, after RetryAfter if
//     that is set.
//   - A redirect (3xx) has no sentinel: check the base URL.
//
// A message is one line of at most 512 bytes without control characters; joined
// errors have a line each. It has the API's message and the start of its detail,
// but no API key and no session, so it can be logged. It is for developers, not
// for consumers. JSON of an error is its message.
package errors
