// Package vaulttest is a stand-in for the Vault API: a real HTTP server on the
// loopback interface that checks requests as strictly as the contract, answers
// with working sessions, and shows the page that a session URI leads to. Use it
// to test code that creates sessions, and to work without an Apideck account.
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
// It is stricter than the contract in two places, so that a test hears of a
// mistake: settings.session_length must be one that the API understands, and
// consumer_metadata and theme take no key that the contract does not name. It
// never looks a redirect URI up; [RedirectRefused] stands for one that is not
// registered.
//
// # Scripts
//
// [Server.Enqueue] scripts answers that the API gives rarely. The usual ones
// are named after what happens: [RateLimited], [PlanLimitReached],
// [KeyExpired], [RedirectRefused], [ServerDown], [ConnectionCut]. Any other is
// a [Reply]. A reply that no call used fails the test.
//
// # Time
//
// [WithClock] lets a session expire without waiting. Inside [testing/synctest]
// use [InProcess], which answers by a function call instead of a socket:
//
//	synctest.Test(t, func(t *testing.T) {
//		vault := vaulttest.NewServer(t, vaulttest.InProcess())
//		vault.Enqueue(vaulttest.RateLimited(20*time.Second), vaulttest.ConnectionCut())
//
// # The hosted page
//
// A session URI opens a page that shows what the session asked for: names,
// theme, unified APIs, actions, entries. It is this package's own page, made
// for tests and demonstrations, and connects nothing. Tests that drive a
// browser find its parts by attributes: data-api, data-action, data-entry
// (integrations, suggestions, logs), data-part (resource-settings, guide,
// actions), data-banner, data-sidebar, data-isolated, data-done, data-expires.
// A session that has expired is answered with 410, an unknown one with 404.
package vaulttest
