// Package facade creates Hosted Vault sessions with the Apideck Unify API.
//
// A Vault session is a web page on which one of your customers connects and
// manages integrations. Apideck calls that customer the consumer. Your backend
// creates a session and gets two forms of it: Data.SessionURI, to which you
// redirect the consumer's browser, and Data.SessionToken, which Vault JS takes
// to open the page inside yours.
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
// [New] reads the environment for what no option sets, and reports every problem
// at once. A call's options overlay the client's for that call. Make one client,
// share it, and name the consumer with each call, by the id that your own system
// uses. Take the id from your authentication, never from the request: the call
// creates a consumer that does not exist yet.
//
// # Sessions
//
// Every field of a [Session] is optional and has three states: absent, empty and
// set. A list is absent when nil and empty when []Action{}: AllowActions absent
// offers every action, empty it hides them all. A boolean is a pointer, so that
// new(false) can be sent. An empty string is absent. The fields, with their
// defaults, are documented at [gen.Session], [gen.Settings], [gen.Theme] and
// [gen.ConsumerMetadata].
//
// RedirectURI is sent as it is. If the application has redirect protection
// (Configuration, Vault, OAuth protection), the API rejects one that is not
// registered.
//
// A session expires after one hour or after [Settings].SessionLength, of which
// "30m" and "1h" are documented. [SessionLength] makes it from a time.Duration,
// and [CreateSessionResponse.ExpiresAt] reads the expiry from the token.
//
// # When the customer comes back
//
// The page returns to RedirectURI when the customer is done, or never: the
// customer may close it. So do not record a connection because the browser came
// back. Read its state through the API's connections, which this package does
// not cover, or from a webhook. To open the page of one integration instead of
// the list, redirect to [CreateSessionResponse.IntegrationURI].
//
// # Errors
//
// Package [github.com/apideck-community/vault-go/errors], imported as apierrors,
// has one type for each thing that a caller can do about an error, and sentinels
// for [errors.Is].
//
//	if errors.Is(err, apierrors.ErrUnauthorized) {
//		fmt.Println("see APIDECK_API_KEY")
//	}
//	if e, ok := errors.AsType[*apierrors.APIError](err); ok {
//		fmt.Println(e.StatusCode, e.TypeName, e.RequestID, e.Detail.Text())
//	}
//
// # Retries
//
// A call makes at most 3 attempts. It retries the statuses 408, 429, 500, 502,
// 503 and 504, and connection errors: the connection could not be made, broke, or
// did not deliver the whole response in time. It does not retry what another
// attempt cannot fix, such as any other status, a host that does not exist, a
// certificate that does not verify, or a proxy that refuses to connect with 4xx.
//
// Repeating the POST is safe: the call stores nothing but the consumer, and a
// duplicate is one more token, which nobody has and which expires.
//
// The backoff is random, between 10 ms and a ceiling of 100 ms, 1 s after a 429,
// that doubles up to 5 s. A Retry-After of the response, in seconds or as a date,
// comes before it. The call stops early, with the reason in NotRetried of its
// error, if Retry-After is above 30 s, if the deadline comes before the next
// attempt, or if the client's retry budget is spent.
//
// The budget keeps a client from multiplying an outage. It holds 100 retries. A
// retry that fails costs one, a call that succeeds at its first attempt gives
// back a tenth, and one comes back every 10 seconds. So in a full outage of T
// seconds N calls make at most N + 100 + T/10 attempts, not counting retries that
// you cancel. [WithRetries] changes the rest of the policy.
//
// # Timeouts
//
// The context bounds the call; without a deadline, 45 s do. [WithTimeout] bounds
// one attempt, from the connection to the last byte of the body: 15 s. When the
// context is done, the call returns at once. Its error matches the context's
// error and, between two attempts, the failure of the last one.
//
// The default transport allows 5 s to connect and 10 s for the TLS handshake. It
// keeps up to 512 idle connections to a host, each for 55 s, pings silent HTTP/2
// connections, and takes proxies from the environment. It reads headers of up to
// 256 KiB. With [WithHTTPClient] all of this is up to that client's transport.
// Whatever the transport, a session of more than 256 KiB is not sent, a response
// is read up to 1 MiB, and redirects are not followed: they would take the API
// key elsewhere.
//
// Go loads the system's certificates at the first TLS connection. A program that
// may run out of file descriptors should make one call early.
//
// # Logging and secrets
//
// Nothing is logged by default; see [WithLogger]. The client, the response and
// the errors can be printed with %v, %+v, %#v, %s and %q, as values, pointers and
// nil pointers, and logged with slog's two handlers: the API key, the session URI
// and the token are not shown. fmt does not call methods of values in unexported
// fields, nor for %p, %T and a %w that does not fit, and [json.Marshal] of the
// response has the session, so do not log a struct that contains one, nor a
// response with a logger that prints JSON, such as logrus or zerolog.
//
// # Testing
//
// Package [github.com/apideck-community/vault-go/vaulttest] is a stand-in for the
// API that checks requests, creates working sessions, and plays rate limits,
// outages and broken connections from a script. Prefer it to a mock: an [Option]
// cannot be read back, so a mock does not see the consumer id.
package facade
