// Package facade creates Hosted Vault sessions with the Apideck Unify API.
//
// # Sessions
//
// A Vault session is a web page, for a short time, on which one customer of
// yours connects and manages integrations. Apideck calls that customer the
// consumer. Your backend creates the session with [Sessions.Create] and gets
// two forms of it:
//
//   - Data.SessionURI: redirect the consumer's browser there.
//   - Data.SessionToken: hand it to Vault JS, which opens the page inside yours.
//
// Both are secrets. Whoever holds one is the consumer until the session
// expires, and a session cannot be revoked. Create one when the consumer asks
// for it, do not store it, do not log it, and let nothing cache it.
//
// # A program
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"github.com/apideck-community/vault-go/facade"
//	)
//
//	func main() {
//		client, err := facade.New() // APIDECK_API_KEY and APIDECK_APP_ID
//		if err != nil {
//			log.Fatal(err)
//		}
//		session, err := client.Vault.Sessions.Create(context.Background(), facade.Session{
//			RedirectURI: "https://mysaas.com/dashboard",
//		}, facade.WithConsumerID("test-consumer"))
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(session.Data.SessionURI)
//	}
//
// [CreateSession] is the same call as a function.
//
// # Credentials
//
// A client needs an API key and the id of an application. Give them as options,
// or leave them to the environment, which [New] reads once:
//
//   - [WithAPIKey] or [WithAPIKeyFunc], else APIDECK_API_KEY; required
//   - [WithAppID], else APIDECK_APP_ID; required
//   - [WithConsumerID], else APIDECK_CONSUMER_ID; required by the time of a call
//   - [WithBaseURL], else APIDECK_BASE_URL, else https://unify.apideck.com;
//     https, or http to a loopback address
//
// An option wins over the environment, and a variable that is empty counts as
// not set. An option of a call wins over the same option of the client, for
// that call. New reports every problem at once and does no I/O.
//
// For a key that rotates, [WithAPIKeyFunc] takes a function that is called once
// for each attempt, retries included.
//
// # Consumers
//
// Make one client for the program and name the consumer with each call:
//
//	_, err := client.Vault.Sessions.Create(context.Background(), facade.Session{}, facade.WithConsumerID(tenant))
//
// The id is the one that your own system uses for the customer: 1 to 255
// printable ASCII bytes without a space at either end. The call creates a
// consumer that does not exist yet, and every distinct id counts against the
// plan. Take it from your own authentication, never from the request.
//
// # Optional fields
//
// Every field of a [Session] is optional, and the zero Session takes every
// default of the API. The fields are documented where they are generated:
// [gen.Session], [gen.ConsumerMetadata], [gen.Settings] and [gen.Theme]. There
// are three states:
//
//   - Absent: the zero value. The API's default applies.
//   - Empty: an empty list, []Action{} or []UnifiedAPI{}, or an empty map. It
//     is sent. [Settings].AllowActions absent offers every action; empty, it
//     hides them all. UnifiedAPIs empty offers all APIs, as absent does.
//   - Set: any other value. A boolean is a pointer, so that false can be sent.
//
// This hides every action and the page of logs:
//
//	AllowActions: []facade.Action{},
//	ShowLogs:     new(false),
//
// An empty string is absent. ShowLogs and ShowSidebar are true by default, the
// other booleans false. RedirectURI is sent byte for byte: an application that
// enforces redirect protection refuses one that is not registered, with 400.
//
// # Length and expiry
//
// A session lives for one hour, or for [Settings].SessionLength: one integer
// and one unit, such as "30m", and at most one week. [SessionLength] makes it
// from a [time.Duration], whose own form, 30m0s, the API does not understand.
// [CreateSessionResponse.ExpiresAt] reads the end of the session from its token.
//
// # Errors
//
// Package [github.com/apideck-community/vault-go/errors], imported as
// apierrors, has the four types that a call returns:
//
//   - [*apierrors.APIError]: the API refused. Sentinels match its status:
//     ErrBadRequest 400, ErrUnauthorized 401, ErrPaymentRequired 402,
//     ErrNotFound 404, ErrUnprocessable 422, ErrRateLimited 429, ErrServer 5xx.
//   - [*apierrors.TransportError]: no usable answer came, or the context ended.
//   - [*apierrors.InvalidResponseError]: a success without a usable session.
//   - [*apierrors.ValidationError]: the input cannot be sent, and nothing was.
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
// RequestID, of an error as of a response, names the call to Apideck's support.
//
// # Retries
//
// A call makes at most 3 attempts. It retries
//
//   - the statuses 408, 429, 500, 502, 503 and 504, and
//   - connection errors: the connection could not be made, broke, or did not
//     bring the whole answer in time.
//
// It does not retry what another attempt cannot mend: any other status, a
// success without a session, a host name that does not exist, a certificate
// that is not trusted, a TLS alert of the server, plain HTTP on an https port, a
// proxy that wants a password, headers or a body above the limits below.
//
// Repeating the call is safe although it is a POST: it stores nothing but the
// consumer, who is the same each time, and a repeated call makes one more token,
// which nobody has and which expires.
//
// The backoff is random: up to 100 ms before the second attempt and up to twice
// that before the next, at most 5 s, at least 10 ms; after a 429 it begins with
// up to 1 s. A Retry-After of the API, in seconds or as a date, comes on top. The
// call stops early, with the last failure and the reason in NotRetried, if
//
//   - Retry-After is above 30 s,
//   - the deadline would come before the next attempt, or
//   - the client's retry budget is spent.
//
// The budget keeps a client from multiplying an outage. It holds 100 retries. A
// retry that fails costs one; a call that succeeds at its first attempt gives
// back a tenth, and one comes back every 10 seconds. So N calls in a full outage
// of T seconds make at most N + 100 + T/10 attempts; retries that you cancel are
// not counted.
//
// [WithRetries] changes the policy, for a client or for a call. Start from
// [DefaultRetryConfig]; RetryConfig{MaxAttempts: 1} switches retries off.
//
// # Timeouts
//
// The context bounds the call. Without a deadline, the call ends after
// [RetryConfig.MaxElapsedTime], 45 s. [WithTimeout] bounds one attempt, from
// the connection to the last byte of the answer: 15 s. When the context ends,
// the call returns at once, with a *TransportError that matches the context's
// error and, between two attempts, the failure of the last one.
//
// Within an attempt the default HTTP client allows 5 s to connect, 10 s for the
// TLS handshake. It keeps up to 512 idle
// connections to a host, each for 55 s, finds dead HTTP/2 connections by pings,
// and takes proxies from the environment as [http.ProxyFromEnvironment] does.
// With [WithHTTPClient] all of that is the given client's business;
// [http.DefaultTransport] keeps 2 idle connections to a host.
//
// A session of more than 256 KiB is not sent, an answer is read up to 1 MiB and
// its headers, by the default HTTP client, up to 256 KiB. Redirects are never
// followed: they would carry the API key elsewhere.
//
// # Logging and secrets
//
// Nothing is logged by default. [WithLogger] logs each attempt at debug level
// and each retry at warning level: method, host, path, status, attempt,
// duration, request id and wait. It logs no header, no body and no consumer id.
//
// The client, the response and the errors can be printed and logged: no fmt
// verb and no [log/slog] handler shows the API key, the session URI or the
// token. [encoding/json.Marshal] of the response keeps the session, so that it
// can be handed on. That holds for slog's JSON handler too when the response is
// inside a struct of yours: log the response itself.
//
// # Concurrency
//
// A [Client] is safe for concurrent use and does not change after New. Share
// it: its calls have one connection pool and one retry budget in common. It
// starts no goroutine of its own that outlives a call, and needs no Close.
// [Client.CloseIdleConnections] is for programs that make clients and drop them.
//
// # Testing
//
// Package [github.com/apideck-community/vault-go/vaulttest] is a stand-in for
// the API on the loopback interface. It checks requests against the contract,
// makes sessions, keeps what arrived, and plays rate limits, outages and broken
// connections from a script. Give the code under test its client:
//
//	w := httptest.NewRecorder()
//	connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))
//	if r := vault.Requests()[0]; w.Code != http.StatusSeeOther || r.ConsumerID != "account:12345" {
//		t.Errorf("status %d, a session for %s", w.Code, r.ConsumerID)
//	}
package facade
