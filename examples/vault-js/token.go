package main

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/apideck-community/vault-go/facade"
)

// tokenHandler answers with {"token": "…"} for ApideckVault.open. Whoever holds
// the token is the customer until it expires, so it goes to the customer's
// browser and nowhere else:
//
//   - no cache keeps the answer (Cache-Control: no-store);
//   - it is in the body, not in a URL, so no access log, history or Referer
//     has it;
//   - it is made for this request and kept nowhere, neither in the program nor
//     in a cookie or the browser's storage;
//   - the log has the request id, which is enough to ask Apideck about a call.
func tokenHandler(client *facade.Client, customerOf func(*http.Request) string, logger *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		customer := customerOf(r)
		if customer == "" {
			http.Error(w, "Please sign in.", http.StatusUnauthorized)
			return
		}
		resp, err := client.Vault.Sessions.Create(r.Context(), facade.Session{}, facade.WithConsumerID(customer))
		if err != nil {
			// The error's text has no secret; the body of an
			// *InvalidResponseError may have one, and is left alone.
			logger.ErrorContext(r.Context(), "no vault session", "error", err)
			http.Error(w, "The integrations are not available now. Please try again.", http.StatusBadGateway)
			return
		}
		logger.InfoContext(r.Context(), "vault session", "request_id", resp.RequestID, "attempts", resp.Attempts)
		w.Header().Set("Content-Type", "application/json")
		// The URI stays here: the page needs the token alone.
		json.NewEncoder(w).Encode(map[string]string{"token": resp.Data.SessionToken})
	}
}
