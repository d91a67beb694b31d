// Package vaulttest is a stand-in for the Vault API: a real HTTP server on the
// loopback interface that checks requests as strictly as the contract, creates
// sessions, and serves the page that a session URI opens. Use it to test code
// that creates sessions, or to develop without an Apideck account.
//
//	func TestConnect(t *testing.T) {
//		vault := vaulttest.NewServer(t)
//		w := httptest.NewRecorder()
//		connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))
//		if w.Code != http.StatusSeeOther || vault.Requests()[0].ConsumerID != "account:12345" {
//			t.Errorf("status %d, requests %v", w.Code, vault.Requests())
//		}
//	}
//
// Besides POST /vault/sessions, it serves the two requests that follow it, for a
// backend that reads what the customer has connected: GET /vault/connections,
// with the query parameter api, and GET /vault/connections/{unified API}/{service
// id}. They return what [Server.Connections] returns.
//
// The server is stricter than the contract, to catch mistakes:
// settings.session_length must be a value that the API understands, redirect_uri
// an absolute URI to which a browser can be sent, and theme must not have keys
// that the contract does not define. [RedirectRejected] is the response to a
// redirect_uri that is not registered.
//
// # Scripted responses
//
// [Server.Enqueue] scripts responses that the API rarely gives: [RateLimited],
// [PlanLimitReached], [KeyExpired], [RedirectRejected], [ServerDown],
// [ConnectionCut], another [ErrorResponse], or any [Reply]. Times makes an outage
// last, and ConsumerID keeps parallel tests apart that share a server. A test
// fails if it leaves a scripted reply unused.
//
// # Time
//
// [WithClock] lets a session expire without sleeping. Inside [testing/synctest],
// use [InProcess], which replaces the socket with a function call:
//
//	synctest.Test(t, func(t *testing.T) {
//		vault := vaulttest.NewServer(t, vaulttest.InProcess())
//		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
//
// # The hosted page
//
// A session URI opens a page that follows the session: its names, theme, unified
// APIs, actions and navigation. The page is this package's own, made for tests
// and demonstrations, with four invented services such as "Alder CRM" for each
// unified API. What the consumer does there changes what [Server.Connections]
// returns, and shows in the consumer's later sessions. [Server.SetConnections]
// sets where the consumer starts. Access can be denied and credentials be wrong,
// as at a real service. A table at the end of the page lists every field of the
// session: the value that was sent or the default, and what could not be used.
//
// With settings.auto_redirect, the browser returns to the redirect_uri as soon as
// a connection is callable, with the service's id as the query parameter
// authorizedConnection, as from Apideck's page.
//
// The deep link to one integration is /integrations/<unified API>/<service id>,
// with the session token as the query parameter jwt, and perhaps isolation=true.
// Any service id works, such as "salesforce".
//
// Browser tests can find the parts of the page by attribute:
//
//   - data-view on main: integrations, integration, suggestions or logs;
//   - data-api on each unified API;
//   - data-service and data-state on each link to an integration;
//   - data-action on buttons: add, authorize, deny, reject, configure, reauthorize,
//     disable, enable, disconnect, delete;
//   - data-confirm="delete" on the element that opens to show the button delete;
//   - data-notice on the message about the last action, which is shown once;
//   - data-entry on navigation links: integrations, suggestions, logs;
//   - data-part on sections: settings, resource-settings, guide, actions;
//   - data-field on rows of the table;
//   - data-banner, data-sidebar, data-isolated, data-done, data-expires.
//
// The page of an expired session has status 410, that of an unknown one 404.
package vaulttest
