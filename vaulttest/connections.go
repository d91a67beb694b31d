package vaulttest

import "github.com/apideck-community/vault-go/facade"

// State is how far a consumer has set up a connection.
type State string

// The states of a connection, in the order that a consumer goes through on the
// hosted page.
const (
	StateAvailable  State = "available"  // not added
	StateAdded      State = "added"      // not authorized yet, or disconnected
	StateAuthorized State = "authorized" // settings are missing
	StateCallable   State = "callable"   // ready for use
)

// Connection is a consumer's connection to one service.
type Connection struct {
	UnifiedAPI facade.UnifiedAPI
	ServiceID  string // such as "alder-crm"
	Name       string // such as "Alder CRM"
	State      State
	Enabled    bool // false after the consumer has disabled it
}

// Connections returns the connections that a consumer has added on hosted
// pages, oldest first. It does not list services in [StateAvailable].
func (s *Server) Connections(consumerID string) []Connection {
	var connections []Connection
	for _, c := range s.pages.Store.Connections(consumerID) {
		connections = append(connections, Connection{c.UnifiedAPI, c.ServiceID, c.Name, State(c.State), c.Enabled})
	}
	return connections
}
