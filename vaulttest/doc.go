// Package vaulttest is a stand-in for the Vault API: a real HTTP server on the
// loopback interface that checks requests as strictly as the contract, creates
// working sessions, and serves the page that a session URI leads to. Use it to
// test code that creates sessions, and to work without an Apideck account.
//
//	func TestConnect(t *testing.T) {
//		vault := vaulttest.NewServer(t)
//		w := httptest.NewRecorder()
//		connect(vault.Client())(w, httptest.NewRequest("POST", "/integrations", nil))
//		if r := vault.Requests()[0]; w.Code != http.StatusSeeOther || r.ConsumerID != "account:12345" {
//			t.Errorf("status %d, a session for %s", w.Code, r.ConsumerID)
//		}
//	}
//
// It is stricter than the contract in two places, so that a test finds the
// mistake: settings.session_length must be one that the API understands, and
// consumer_metadata and theme take no key that the contract does not name. It
// accepts every redirect_uri; [RedirectRejected] is the response to one that is
// not registered.
//
// # Scripts
//
// [Server.Enqueue] scripts responses that the API rarely gives. The usual ones
// are named after what happens: [RateLimited], [PlanLimitReached],
// [KeyExpired], [RedirectRejected], [ServerDown], [ConnectionCut]. Any other is
// a [Reply]. A reply that no call used fails the test.
//
// # Time
//
// [WithClock] lets a session expire without waiting. Inside [testing/synctest]
// use [InProcess], which responds by a function call instead of a socket:
//
//	synctest.Test(t, func(t *testing.T) {
//		vault := vaulttest.NewServer(t, vaulttest.InProcess())
//		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
//
// # The hosted page
//
// A session URI opens a page that does what the session asks for: names, theme,
// unified APIs, actions, entries. It is this package's own page, made for tests
// and demonstrations, with invented services such as "Alder CRM", four for each
// unified API. The consumer's actions change the connections that
// [Server.Connections] returns, and every later session of the consumer shows
// them. The last section of the page lists every setting, whether it was sent,
// and its effect.
//
// The deep link to one integration is the path /integrations/<unified API>/<service
// id> with the session token as the parameter jwt. Its service id can be any,
// such as "salesforce".
//
// Tests that drive a browser find the parts of the page by attributes:
//
//   - data-view on main: integrations, integration, suggestions or logs;
//   - data-api and, on the links to one integration, data-service and data-state;
//   - data-action on buttons: add, authorize, configure, reauthorize, disable,
//     enable, disconnect, delete;
//   - data-entry (integrations, suggestions, logs), data-part (resource-settings,
//     guide, actions), data-field (a line of the last section), data-banner,
//     data-sidebar, data-isolated, data-done, data-expires.
//
// The page of an expired session has the status 410, that of an unknown one 404.
package vaulttest
