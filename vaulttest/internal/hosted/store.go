package hosted

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// State is how far a consumer has set up a connection.
type State string

const (
	Available  State = "available"  // not added
	Added      State = "added"      // not authorized yet, or disconnected
	Authorized State = "authorized" // settings are missing
	Callable   State = "callable"   // ready for use
)

// Connection is a consumer's connection to a service.
type Connection struct {
	UnifiedAPI gen.UnifiedAPI
	ServiceID  string
	Name       string
	State      State
	Enabled    bool
}

// Event is an action on a connection.
type Event struct {
	At   time.Time
	Text string // such as "Alder CRM was authorized"
}

// maxEvents is how many events a consumer's log keeps.
const maxEvents = 50

// Store holds the connections of every consumer. The zero value is ready to use.
// It is safe for concurrent use.
type Store struct {
	mu        sync.Mutex
	consumers map[string]consumer
}

type consumer struct {
	connections []Connection // in the order they were added
	events      []Event      // newest first
}

// transitions maps an action to the states in which it is possible, the state
// that follows ("" for no change), and what was done to the connection.
var transitions = map[string]struct {
	from []State
	to   State
	done string
}{
	"add":         {[]State{Available}, Added, "added"},
	"authorize":   {[]State{Added}, Authorized, "authorized"},
	"configure":   {[]State{Authorized, Callable}, Callable, "set up"},
	"reauthorize": {[]State{Authorized, Callable}, "", "authorized again"},
	"disconnect":  {[]State{Authorized, Callable}, Added, "disconnected"},
	"disable":     {[]State{Added, Authorized, Callable}, "", "disabled"},
	"enable":      {[]State{Added, Authorized, Callable}, "", "enabled"},
	"delete":      {[]State{Added, Authorized, Callable}, Available, "deleted"},
}

// Can reports whether the action is possible on c.
func (c Connection) Can(action string) bool {
	if action == "disable" && !c.Enabled || action == "enable" && c.Enabled {
		return false
	}
	return slices.Contains(transitions[action].from, c.State)
}

// Connections returns the consumer's connections, oldest first.
func (s *Store) Connections(consumerID string) []Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.consumers[consumerID].connections)
}

// Events returns the consumer's log, newest first.
func (s *Store) Events(consumerID string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.consumers[consumerID].events)
}

// Reset forgets every consumer.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumers = nil
}

// Act performs an action on the consumer's connection to a service. It returns
// the connection and whether the action was possible.
func (s *Store) Act(consumerID string, service Connection, action string, now time.Time) (Connection, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.consumers[consumerID]
	i := slices.IndexFunc(c.connections, service.same)
	if service.State = Available; i >= 0 { // the page may be out of date
		service = c.connections[i]
	}
	if !service.Can(action) {
		return service, false
	}
	service.State = cmp.Or(transitions[action].to, service.State)
	service.Enabled = action != "disable" && (service.Enabled || action == "enable" || action == "add")
	switch {
	case i < 0:
		c.connections = append(c.connections, service)
	case service.State == Available:
		c.connections = slices.Delete(c.connections, i, i+1)
	default:
		c.connections[i] = service
	}
	c.events = slices.Insert(c.events, 0, Event{now, service.Name + " was " + transitions[action].done})
	c.events = c.events[:min(len(c.events), maxEvents)]
	if s.consumers == nil {
		s.consumers = map[string]consumer{}
	}
	s.consumers[consumerID] = c
	return service, true
}

// same reports whether both are connections to the same service.
func (c Connection) same(other Connection) bool {
	return c.UnifiedAPI == other.UnifiedAPI && c.ServiceID == other.ServiceID
}
