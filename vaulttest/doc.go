// Package vaulttest is a stand-in for the Vault API: a real HTTP server on the
// loopback interface that checks requests as strictly as the contract and
// answers with working sessions. Use it to test code that creates sessions,
// and to work without an Apideck account.
//
//	func TestConnect(t *testing.T) {
//		vault := vaulttest.NewServer(t)
//		h := &Handler{Vault: vault.Client()}
//		… call h, then look at vault.Requests()
//	}
//
// [Server.Enqueue] scripts answers that the API gives rarely: rate limits,
// outages, broken connections.
package vaulttest
