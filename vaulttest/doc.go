// Package vaulttest is a stand-in for the Vault API: a real HTTP server on the
// loopback interface that checks requests, creates sessions, and serves the page
// that a session URI opens. Use it to test code that creates sessions, or to
// develop without an Apideck account. This tests a handler, connect:
//
//	func TestConnect(t *testing.T) {
//		vault := vaulttest.NewServer(t)
//		customerOf := func(*http.Request) string { return "account:12345" }
//
//		w := httptest.NewRecorder()
//		connect(vault.Client(), customerOf)(w, httptest.NewRequest("POST", "/integrations", nil))
//
//		if w.Code != http.StatusSeeOther {
//			t.Fatalf("status %d: %s", w.Code, w.Body)
//		}
//		if got := vault.Requests()[0].ConsumerID; got != "account:12345" {
//			t.Errorf("the session is for %q", got)
//		}
//	}
//
// The server is as strict as the contract, and stricter where that finds mistakes:
// settings.session_length must be a value that the API understands, redirect_uri
// an absolute URI to which a browser can be sent, and theme must have no unknown
// keys.
//
// A backend can read what the customer has connected: GET /vault/connections and
// GET /vault/connections/{unified API}/{service id} return what
// [Server.Connections] returns and [Server.SetConnections] sets. They need the
// headers Authorization ("Bearer <API key>"), x-apideck-app-id and
// x-apideck-consumer-id. These requests are in [Server.Requests] too: a test that
// counts sessions takes those whose Path is "/vault/sessions".
//
// # Scripted responses
//
// [Server.Enqueue] scripts responses that the API rarely gives: [RateLimited],
// [PlanLimitReached], [KeyExpired], [RedirectRejected], [ServerDown],
// [ConnectionCut], another [ErrorResponse], or any [Reply]. Times makes an outage
// last, and ConsumerID keeps parallel tests apart that share a server:
//
//	down := vaulttest.ServerDown()
//	down.Times = 3 // one for each attempt of a call
//	vault.Enqueue(down)
//
// A test fails if it leaves a scripted reply unused. The failure lists them, such as
// "1 × 503". [WithLatency] delays every response of the API; the Delay of a reply
// adds to it for this reply.
//
// # Time
//
// [WithClock] lets a session expire without sleeping. Inside [testing/synctest],
// use [InProcess], which replaces the socket with a function call:
//
//	synctest.Test(t, func(t *testing.T) {
//		vault := vaulttest.NewServer(t, vaulttest.InProcess())
//		down := vaulttest.ServerDown()
//		down.Times = -1 // until vault.Reset
//		vault.Enqueue(down)
//
// # The hosted page
//
// A session URI opens a page that follows the session. It is this package's own,
// with four invented services such as "Alder CRM" for each unified API. What the
// consumer does there changes the consumer's connections. A table at the end lists
// every field of the session: what was sent or the default, and what could not be
// used. With settings.auto_redirect, the browser returns as soon as a connection
// is callable, with the service's id as the query parameter authorizedConnection,
// as from Apideck's page.
//
// The page of one integration is /integrations/<unified API>/<service id>, with the
// session token as the query parameter jwt. Any service id works, such as
// "salesforce". The page of an expired session has status 410, that of an unknown
// one 404.
//
// Browser tests can find the parts of the page by attribute:
//
//   - data-view on main: integrations, integration, suggestions or logs;
//   - data-api on each unified API, data-service and data-state on each integration;
//   - data-action on buttons: add, authorize, deny, reject, configure, reauthorize,
//     disable, enable, disconnect, delete;
//   - data-confirm="delete" on what opens to show the button delete;
//   - data-notice on the message about the last action, which is shown once;
//   - data-entry on navigation links: integrations, suggestions, logs;
//   - data-part on sections: settings, resource-settings, guide, actions;
//   - data-field on rows of the table;
//   - data-banner, data-sidebar, data-isolated, data-done, data-expires.
package vaulttest
