// Package facade creates Hosted Vault sessions with the Apideck Unify API.
//
// A Vault session is a web page on which one of your customers connects and
// manages integrations. Apideck calls that customer the consumer. Creating a
// session returns Data.SessionURI, to which you redirect the consumer's browser,
// and Data.SessionToken, with which Vault JS opens the page inside yours.
//
// Both are secrets. Whoever holds one acts as the consumer until the session
// expires, and the API has no operation to revoke it. Create a session when the
// consumer asks for it; do not store, log or cache it.
//
//	client, err := facade.New() // APIDECK_API_KEY and APIDECK_APP_ID
//	if err != nil {
//		log.Fatal(err)
//	}
//	session, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
//		RedirectURI: "https://mysaas.com/dashboard",
//	}, facade.WithConsumerID("test-consumer"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(session.Data.SessionURI)
//
// # Options
//
// [New] reads environment variables; options override them. It reports every
// problem at once. Options given to a call apply to that call alone.
//
// Create one client, share it, and pass the id that the consumer has in your
// system with each call. Take that id from the signed-in user, never from a
// request parameter: Create creates the consumer if it does not exist.
//
// # Sessions
//
// Every field of a [Session] is optional. A list is absent when nil and sent
// empty when []T{}: a nil AllowActions shows every action, an empty one hides
// them all. A boolean is a pointer, written new(false). An empty string is absent.
// Invalid UTF-8 is sent as U+FFFD, as encoding/json does.
// [gen.Session], [gen.Settings], [gen.Theme] and [gen.ConsumerMetadata] document
// the fields and their defaults.
//
// RedirectURI is sent unchanged. If the application has redirect protection
// (Configuration, Vault, OAuth protection), the API rejects a URI that is not
// registered.
//
// A session expires after one hour, or after [Settings].SessionLength, such as
// "30m". [SessionLength] formats a time.Duration for it, and
// [CreateSessionResponse.ExpiresAt] reads the expiry from the token.
//
// # When the customer comes back
//
// The page redirects to RedirectURI when the consumer is done, unless the consumer
// closes it first. A redirect does not mean that a connection was made:
// read its state through the API's connections, which this package does not
// cover, or from a webhook. To open the page of one integration instead of the
// list, redirect to [CreateSessionResponse.IntegrationURI].
//
// # Errors
//
// Package [github.com/apideck-community/vault-go/errors], imported as apierrors,
// has one type for each kind of failure, and sentinels for [errors.Is].
//
//	if errors.Is(err, apierrors.ErrUnauthorized) {
//		fmt.Println("check APIDECK_API_KEY and APIDECK_APP_ID")
//	}
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
//		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
//	}
//
// # Retries
//
// By default, a call makes at most 3 attempts. It retries the statuses 408, 429,
// 500, 502, 503 and 504, and connection errors, including timeouts and incomplete
// responses. It does not retry permanent errors, such as any other status, a host
// that does not exist, a certificate that does not verify, or, with the default
// transport, a proxy that rejects CONNECT with a 4xx status.
//
// A pooled connection may turn out to be lost before a response arrives. Then the
// idle connections are closed, and the request is sent again at once, normally over
// a new one. This happens at most once in a call. It counts in Attempts, but it is
// not a retry: it happens with every [RetryConfig] and costs nothing.
//
// Repeating the POST is safe: it stores nothing but the consumer, and creates one
// more token, which expires.
//
// The backoff is random, between 10 ms and a ceiling that starts at 100 ms, or
// 1 s after a 429, and doubles up to 5 s. If the response has a Retry-After, in
// seconds or as a date, the backoff is added to it. The call stops early if
// Retry-After is above 30 s, if the deadline is before the next attempt, or if
// the client's retry budget is empty; NotRetried of the error gives the reason.
//
// The budget limits the load of retries during an outage. It holds 100 retries. A
// failed retry costs one, a call that succeeds at its first attempt earns a tenth
// of one, and one is added every 10 seconds. Here, every 2xx status is a success.
// In a full outage of T seconds, N calls make at most N + 100 + T/10 attempts, not
// counting retries that you cancel and what is sent again because a pooled
// connection was lost, which is at most 1000 times without a response in between.
// [WithRetries] changes the policy, but not the budget.
//
// # Timeouts
//
// A call ends at the context's deadline, or after 45 s if that is earlier; see
// [RetryConfig]. [WithTimeout] limits one attempt, from the connection to the last byte of
// the body, to 15 s by default. When the context is done, the call returns, unless
// a function of [WithAPIKeyFunc] or [WithMiddleware] ignores the context. Its error
// wraps the context's error and that of the previous attempt, if there was one.
//
// The default transport allows 5 s to connect and 10 s for the TLS handshake,
// keeps up to 512 idle connections to a host for 55 s each, pings an HTTP/2
// connection after 5 s without data, takes the proxy from the environment, and
// reads headers of up to 256 KiB. On js/wasm it uses fetch. [WithHTTPClient]
// replaces all of this. Whatever the transport, a request body above 256 KiB is not
// valid, and at most 1 MiB of a response is read.
//
// Redirects are not followed, so that the API key is not sent elsewhere. The
// exception is a transport of [WithHTTPClient] that follows them by itself, such as
// one made from an http.Client.
//
// A server or proxy that sends two responses to one request could give the second
// to the next call. Create rejects a session whose token names another consumer.
//
// Go loads the system's certificates once, at the first TLS connection. A program
// that may run out of file descriptors should make one call early.
//
// # Logging and secrets
//
// Nothing is logged by default; see [WithLogger]. But net/http writes to the standard
// logger of package log what it receives on an idle connection, which may be a
// session. The client, the response and
// the errors never show the API key, the session URI or the token when they are
// printed with %v, %+v, %#v, %s and %q or logged with slog's two handlers. But fmt
// does not call the methods of values in unexported fields. The JSON of a response
// does not have the session either, and that of an error is its message. To pass a
// session on as JSON, encode the response's Data; do not log that.
//
// # Testing
//
// Package [github.com/apideck-community/vault-go/vaulttest] is a stand-in for the
// API that checks requests, creates working sessions, and simulates rate limits,
// outages and broken connections. Prefer it to a mock: a mock cannot read an
// [Option], so it does not see the consumer id.
package facade
