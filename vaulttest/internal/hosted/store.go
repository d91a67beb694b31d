package hosted

import (
	"cmp"
	"fmt"
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

// Connection is a consumer's connection to a service.
type Connection struct {
	UnifiedAPI gen.UnifiedAPI
	ServiceID  string
	Name       string
	State      State
	Enabled    bool
	Region     string // setting that the consumer chose, one of regions
	Sync       string // setting that the consumer chose, one of syncs
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
	notice      Notice       // not shown yet
}

// Notice says what an action did. It is shown once.
type Notice struct {
	Text       string // "" for no notice
	Failed     bool   // the consumer did not get what the step is for
	connection Connection
}

// transition is what an action does to a connection.
type transition struct {
	from   []State
	to     State  // "" for no change
	text   string // of the event and the notice; %s is the name of the service
	failed bool
}

var transitions = map[string]transition{
	"add":         {from: []State{Available}, to: Added, text: "%s was added"},
	"authorize":   {from: []State{Added, Invalid}, to: Authorized, text: "%s was authorized"},
	"deny":        {from: []State{Added, Invalid}, text: "Access to %s was denied", failed: true},
	"reject":      {from: []State{Added, Invalid}, to: Invalid, text: "%s rejected the credentials", failed: true},
	"configure":   {from: []State{Authorized, Callable}, to: Callable, text: "%s was set up"},
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
	switch {
	case action == "disable" && !c.Enabled:
		return false
	case action == "enable" && c.Enabled:
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

// TakeNotice returns the notice about a connection, if there is one that was not
// shown yet, and removes it.
func (s *Store) TakeNotice(consumerID string, connection Connection) Notice {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.consumers[consumerID]
	notice := c.notice
	if notice.Text == "" || !notice.connection.same(connection) {
		return Notice{}
	}
	c.notice = Notice{}
	s.consumers[consumerID] = c
	return notice
}

// Reset forgets every consumer.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumers = nil
}

// Set replaces the consumer's connections. Of two to the same service, the last
// one counts. Those in the state Available are left out.
func (s *Store) Set(consumerID string, connections []Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.consumers[consumerID]
	c.connections = nil
	for _, connection := range connections {
		service, _ := find(connection.UnifiedAPI, connection.ServiceID, nil)
		connection.Name = cmp.Or(connection.Name, service.Name)
		c.put(connection)
	}
	s.save(consumerID, c)
}

// Act performs an action on the consumer's connection to a service, and saves the
// settings that the consumer chose with it. It returns the connection.
func (s *Store) Act(consumerID string, service Connection, action string, now time.Time) Connection {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.consumers[consumerID]
	region, sync := service.Region, service.Sync
	service.State = Available
	if i := slices.IndexFunc(c.connections, service.same); i >= 0 {
		service = c.connections[i] // the page may be out of date
	}
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
	case "configure":
		service.Region = region
		service.Sync = sync
	}
	c.put(service)

	text := fmt.Sprintf(t.text, service.Name)
	c.notice = Notice{Text: text, Failed: t.failed, connection: service}
	c.events = slices.Insert(c.events, 0, Event{At: now, Text: text})
	c.events = c.events[:min(len(c.events), maxEvents)]
	s.save(consumerID, c)
	return service
}

// put adds or replaces a connection, or removes it if its state is Available.
func (c *consumer) put(connection Connection) {
	i := slices.IndexFunc(c.connections, connection.same)
	switch {
	case connection.State == Available && i >= 0:
		c.connections = slices.Delete(c.connections, i, i+1)
	case connection.State == Available:
	case i < 0:
		c.connections = append(c.connections, connection)
	default:
		c.connections[i] = connection
	}
}

func (s *Store) save(consumerID string, c consumer) {
	if s.consumers == nil {
		s.consumers = map[string]consumer{}
	}
	s.consumers[consumerID] = c
}

// same reports whether both are connections to the same service.
func (c Connection) same(other Connection) bool {
	return c.UnifiedAPI == other.UnifiedAPI && c.ServiceID == other.ServiceID
}
