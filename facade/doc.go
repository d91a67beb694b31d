// Package facade creates Hosted Vault sessions with the Apideck Unify API.
//
// A session is a web page on which one of your customers connects and manages
// integrations. Apideck calls the customer the consumer. Creating a session
// returns Data.SessionURI, to which you redirect the consumer's browser, and
// Data.SessionToken, with which Vault JS opens the page inside yours. Both are
// secrets: whoever holds one acts as the consumer until the session expires.
// Create a session when the consumer asks for it; do not store, log or cache it.
//
//	client, err := facade.New() // APIDECK_API_KEY and APIDECK_APP_ID
//	if err != nil {
//		log.Fatal(err)
//	}
//	resp, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
//		RedirectURI: "https://mysaas.com/dashboard",
//	}, facade.WithConsumerID("test-consumer"))
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(resp.Data.SessionURI)
//
// # Options
//
// [New] reads environment variables, and its options override them. It reports
// every problem at once. Create one client and share it. Options given to a call
// apply to that call only. [WithConsumerID] is one of them: take the id from the
// signed-in user, never from a request parameter, because Create creates the
// consumer if it does not exist.
//
// # Sessions
//
// Every field of a [Session] is optional; its example sets all of them. An empty
// string is not sent. A list is sent unless it is nil: a nil AllowActions shows
// every action, an empty one hides them all. A boolean is a pointer, such as
// new(false), and is sent unless it is nil. Invalid UTF-8 is sent as U+FFFD, as
// encoding/json does.
//
// RedirectURI is sent unchanged. If the application has redirect protection
// (Configuration, Vault, OAuth protection), the API rejects a URI that is not
// registered. The page redirects to it when the consumer is done. That does not
// mean that a connection was made: read its state from the API's connections, which
// this package does not cover, or from a webhook.
//
// A session expires after an hour, or after Settings.SessionLength; see
// [SessionLength].
//
// # Errors
//
// Package [github.com/apideck-community/vault-go/errors] has a type for each kind of
// failure, a sentinel for each status, and a function that tells whether the same
// call may succeed later.
//
// # Retries
//
// By default, a call makes at most 3 attempts. It retries the statuses 408, 429,
// 500, 502, 503 and 504, lost connections, timeouts and incomplete responses. It
// does not retry what would fail again: another status, a host that does not exist,
// a certificate that does not verify, or, with the default transport, a 4xx status
// of a proxy. [WithRetries] changes this. Repeating the POST is safe: it stores
// nothing but the consumer, and creates one more token, which expires.
//
// The backoff is random, between 10 ms and a ceiling that starts at 100 ms, or at
// 1 s after a 429 without a Retry-After above 0, and doubles up to 5 s. A Retry-After
// is added to it. A call stops early if Retry-After is above 30 s, if the deadline is
// before the next attempt, or if the retry budget is empty; NotRetried of the error
// has the reason.
//
// The budget limits the load of retries during an outage: in a full outage of T
// seconds, N calls of a client make at most N + 100 + T/10 attempts, not counting
// retries that you cancel. A client holds 100 retries. A failed retry costs one, a
// call that succeeds without a retry earns a tenth of one, and one is added
// every 10 seconds; any 2xx status is a success here.
//
// If a pooled connection turns out to be lost before a response arrives, the idle
// connections are closed and the request is sent again at once, normally over a new
// one. This happens at most once in a call, and 1000 times on a client without a
// response in between. It counts in Attempts, but not in MaxAttempts, the budget or
// the formula above.
//
// # Timeouts
//
// A call ends at the context's deadline, or after MaxElapsedTime of the
// [RetryConfig], 45 s by default, if that is earlier. [WithTimeout] limits one
// attempt, from the connection to the last byte of the body, to 15 s by default. It
// should be below the deadline, or a request that hangs is never retried.
// A canceled call returns at once, unless a function of [WithAPIKeyFunc] or
// [WithMiddleware] ignores the context.
//
// The default transport allows 5 s to connect and 10 s for the TLS handshake,
// keeps up to 512 idle connections to a host for 55 s each, pings an HTTP/2
// connection after 5 s without data, takes the proxy from the environment, and
// reads headers of up to 256 KiB. An HTTP/2 connection that has died silently while
// calls overlap on it is replaced after 10 s at the latest. On js/wasm it uses
// fetch. [WithHTTPClient] replaces all of this. Whatever the transport, a request
// body is at most 256 KiB, and at most 1 MiB of a response is read.
//
// Redirects are not followed, so that the API key is not sent elsewhere, unless a
// transport of [WithHTTPClient] follows them by itself. A session whose token names
// another consumer is rejected: a proxy that sends two responses to one request
// could give the second to the next call.
//
// Go loads the system's certificates once, at the first TLS connection. A program
// that may run out of file descriptors should make one call early.
//
// # Logging and secrets
//
// Nothing is logged by default; see [WithLogger]. A client, a response or an error
// is safe to print and to log. JSON of a response does not have the session; to pass
// it on, encode Data. But net/http writes to the standard logger of package log what
// it receives on an idle connection, which may be a session. SECURITY.md lists the
// other exceptions.
//
// # Testing
//
// Package [github.com/apideck-community/vault-go/vaulttest] is a stand-in for the
// API; start with vaulttest.NewServer(t).Client(). A mock of yours cannot read an
// [Option], so it does not see the consumer id.
package facade
