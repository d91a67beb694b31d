package vaulttest

import "github.com/apideck-community/vault-go/facade"

// State is how far a connection has come.
type State string

// The states of a connection, in the order in which a consumer goes through
// them on the hosted page.
const (
	StateAvailable  State = "available"  // the consumer has not added it
	StateAdded      State = "added"      // it is not authorized yet, or disconnected
	StateAuthorized State = "authorized" // its settings are missing
	StateCallable   State = "callable"   // it is ready for use
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
// pages, oldest first. A service that is not among them is available.
func (s *Server) Connections(consumerID string) []Connection {
	var connections []Connection
	for _, c := range s.pages.Store.Connections(consumerID) {
		connections = append(connections, Connection{c.UnifiedAPI, c.ServiceID, c.Name, State(c.State), c.Enabled})
	}
	return connections
}
