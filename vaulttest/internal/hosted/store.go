package hosted

import (
	"cmp"
	"fmt"
	"maps"
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
	Invalid    State = "invalid"    // the service rejected the credentials
)

// Connection is a consumer's connection to a service. It has the fields of
// vaulttest.Connection, so that one converts to the other.
type Connection struct {
	UnifiedAPI gen.UnifiedAPI
	ServiceID  string
	Name       string
	State      State
	Enabled    bool
}

// id identifies the service.
func (c Connection) id() string { return string(c.UnifiedAPI) + "/" + c.ServiceID }

// same reports whether both are connections to the same service.
func (c Connection) same(other Connection) bool { return c.id() == other.id() }

// Event is an action on a connection.
type Event struct {
	At     time.Time
	Text   string // such as "Alder CRM was authorized"
	Failed bool   // the consumer did not get what the step is for
}

// Store holds the connections of every consumer. The zero value is ready to use.
// It is safe for concurrent use.
type Store struct {
	mu        sync.Mutex
	consumers map[string]Consumer
}

// Consumer is what the store holds for one consumer. Its slices and map are not
// changed: the store replaces them.
type Consumer struct {
	Connections []Connection        // in the order they were added
	Chosen      map[string][]string // settings, by the id of the service
	Events      []Event             // newest first
	notice      Event               // the last one, until it is shown
}

// transition is what an action does to a connection.
type transition struct {
	from   []State
	to     State  // "" for no change
	text   string // of the event; %s is the name of the service
	failed bool
	isStep bool // to a callable connection
}

var transitions = map[string]transition{
	"add":         {isStep: true, from: []State{Available}, to: Added, text: "%s was added"},
	"authorize":   {isStep: true, from: []State{Added, Invalid}, to: Authorized, text: "%s was authorized"},
	"deny":        {isStep: true, from: []State{Added, Invalid}, text: "Access to %s was denied", failed: true},
	"reject":      {isStep: true, from: []State{Added, Invalid}, to: Invalid, text: "%s rejected the credentials", failed: true},
	"configure":   {isStep: true, from: []State{Authorized, Callable}, to: Callable, text: "%s was set up"},
	"reauthorize": {from: []State{Authorized, Callable}, text: "%s was authorized again"},
	"disconnect":  {from: []State{Authorized, Callable, Invalid}, to: Added, text: "%s was disconnected"},
	"disable":     {from: added, text: "%s was disabled"},
	"enable":      {from: added, text: "%s was enabled"},
	"delete":      {from: added, to: Available, text: "%s was deleted"},
}

// added lists the states of a connection that the consumer has added.
var added = []State{Added, Authorized, Callable, Invalid}

// Can reports whether the action is possible on c.
func (c Connection) Can(action string) bool {
	isDone := map[string]bool{"enable": c.Enabled, "disable": !c.Enabled}
	return !isDone[action] && slices.Contains(transitions[action].from, c.State)
}

// Consumer returns what the store holds for a consumer.
func (s *Store) Consumer(id string) Consumer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consumers[id]
}

// Notice returns the consumer's last event once, and then the zero Event.
func (s *Store) Notice(consumerID string) Event {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.consumers[consumerID]
	notice := c.notice
	c.notice = Event{}

	s.save(consumerID, c)
	return notice
}

// Reset forgets every consumer.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumers = nil
}

// Set replaces what the store holds for a consumer by connections. Of two to the
// same service, the last one counts. Those in the state Available are left out.
func (s *Store) Set(consumerID string, connections []Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()

	var c Consumer
	for _, connection := range connections {
		service, _ := find(connection.UnifiedAPI, connection.ServiceID, nil)
		connection.Name = cmp.Or(connection.Name, service.Name)
		c.put(connection)
	}
	s.save(consumerID, c)
}

// Act performs an action on the connection that a page has shown. It saves what the
// action configure has chosen, and returns the connection.
func (s *Store) Act(
	consumerID string, shown Connection, action string, chosen []string, now time.Time,
) Connection {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.consumers[consumerID]
	service, _ := find(shown.UnifiedAPI, shown.ServiceID, c.Connections) // the page may be out of date

	if !service.Can(action) {
		return service
	}

	t := transitions[action]
	service.State = cmp.Or(t.to, service.State)

	switch action {
	case "add", "enable":
		service.Enabled = true
	case "disable":
		service.Enabled = false
	case "configure", "delete": // deleting chooses nothing
		all := map[string][]string{}
		maps.Copy(all, c.Chosen)
		all[service.id()] = chosen
		c.Chosen = all
	}
	c.put(service)

	c.notice = Event{
		At:     now,
		Text:   fmt.Sprintf(t.text, service.Name),
		Failed: t.failed,
	}
	c.Events = append([]Event{c.notice}, c.Events...)

	s.save(consumerID, c)
	return service
}

// put adds or replaces a connection, or removes it if its state is Available.
func (c *Consumer) put(connection Connection) {
	connections := slices.Clone(c.Connections)
	i := slices.IndexFunc(connections, connection.same)
	if i < 0 {
		i = len(connections)
		connections = append(connections, connection)
	}

	connections[i] = connection
	if connection.State == Available {
		connections = slices.Delete(connections, i, i+1)
	}
	c.Connections = connections
}

func (s *Store) save(consumerID string, c Consumer) {
	if s.consumers == nil {
		s.consumers = map[string]Consumer{}
	}
	s.consumers[consumerID] = c
}
