package vaulttest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest/internal/hosted"
)

// State is how far a consumer has set up a connection. It is a string.
type State = hosted.State

// The states of a connection. The first four are in the order that a consumer
// goes through on the hosted page.
const (
	StateAvailable  State = hosted.Available  // "available": not added
	StateAdded      State = hosted.Added      // "added": not authorized yet, or disconnected
	StateAuthorized State = hosted.Authorized // "authorized": settings are missing
	StateCallable   State = hosted.Callable   // "callable": ready for use
	StateInvalid    State = hosted.Invalid    // "invalid": the service rejected the credentials
)

// Connection is a consumer's connection to one service.
type Connection struct {
	UnifiedAPI facade.UnifiedAPI `json:"unified_api"`
	ServiceID  string            `json:"service_id"` // such as "alder-crm"
	Name       string            `json:"name"`       // such as "Alder CRM"
	State      State             `json:"state"`
	Enabled    bool              `json:"enabled"` // set it, or the connection is disabled
}

// Connections returns the connections that a consumer has added on hosted
// pages, oldest first, or that SetConnections has set. It does not list services
// in [StateAvailable].
func (s *Server) Connections(consumerID string) []Connection {
	var connections []Connection
	for _, c := range s.pages.Store.Consumer(consumerID).Connections {
		connections = append(connections, Connection(c))
	}
	return connections
}

// SetConnections replaces the connections of a consumer, so that a test can start
// from any state, and forgets the consumer's log and settings. Without a Name, a
// connection gets the one that the hosted page shows. It panics if a UnifiedAPI, a
// ServiceID or a valid State is missing.
//
//	vault.SetConnections("account:12345", vaulttest.Connection{
//		UnifiedAPI: facade.UnifiedAPICRM, ServiceID: "salesforce", State: vaulttest.StateCallable, Enabled: true,
//	})
func (s *Server) SetConnections(consumerID string, c ...Connection) {
	states := []State{StateAvailable, StateAdded, StateAuthorized, StateCallable, StateInvalid}

	var connections []hosted.Connection
	for _, connection := range c {
		isNamed := connection.UnifiedAPI != "" && connection.ServiceID != ""
		if !isNamed || !slices.Contains(states, connection.State) {
			panic(fmt.Sprintf(
				"vaulttest: %+v must have a UnifiedAPI, a ServiceID and a valid State", connection))
		}
		connections = append(connections, hosted.Connection(connection))
	}
	s.pages.Store.Set(consumerID, connections)
}

// apiConnection is a connection in a response of the API.
type apiConnection struct {
	ID string `json:"id"`
	Connection
}

func okReply(data any) Reply {
	return jsonReply(http.StatusOK, map[string]any{"status_code": http.StatusOK, "status": "OK", "data": data})
}

// listConnections returns the response to GET /vault/connections: the consumer's
// connections of one unified API, or of all if api is "".
func (s *Server) listConnections(consumerID, api string) Reply {
	list := []apiConnection{} // not null
	for _, c := range s.Connections(consumerID) {
		if api == "" || api == string(c.UnifiedAPI) {
			list = append(list, apiConnection{string(c.UnifiedAPI) + "+" + c.ServiceID, c})
		}
	}
	return okReply(list)
}

// getConnection returns the response to GET /vault/connections/{path}, where path
// is a unified API and a service id.
func (s *Server) getConnection(consumerID, path string) Reply {
	for _, c := range s.Connections(consumerID) {
		if path == string(c.UnifiedAPI)+"/"+c.ServiceID {
			return okReply(apiConnection{string(c.UnifiedAPI) + "+" + c.ServiceID, c})
		}
	}
	return errorReply(http.StatusNotFound, path+" is not connected by "+consumerID)
}
