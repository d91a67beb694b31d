package hosted

import (
	"cmp"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apideck-community/vault-go/gen"
)

// makers are the first words of the names of invented services.
var makers = strings.Fields("Alder Birch Cedar Dune Ember Fjord Grove Harbor Isle Juniper Kelp Lagoon")

// services returns the four invented services of a unified API, such as
// "Alder CRM" with the id "alder-crm". They are derived from the id of the API,
// so that an API added to the contract has services too.
func services(api gen.UnifiedAPI) []Connection {
	found := make([]Connection, 4)
	for i := range found {
		maker := makers[(hash(string(api))+uint32(i))%uint32(len(makers))]
		id := strings.ToLower(maker) + "-" + string(api)
		found[i] = newConnection(api, id, maker+" "+title(words(string(api))))
	}
	return found
}

func newConnection(api gen.UnifiedAPI, id, name string) Connection {
	return Connection{UnifiedAPI: api, ServiceID: id, Name: name, State: Available}
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// Hue returns the hue of the service's tile.
func (c Connection) Hue() uint32 { return hash(c.Name) % 360 }

// Letter returns what is written on the service's tile.
func (c Connection) Letter() string { return initials(c.Name, 1) }

var serviceID = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// find returns a service of a unified API, with the consumer's connection to it.
// An id that is not an invented one is a service too, named after its id, so
// that tests can use real ids. If the id is malformed, find returns false.
func find(api gen.UnifiedAPI, id string, connections []Connection) (Connection, bool) {
	for _, c := range catalog(api, connections) {
		if c.ServiceID == id {
			return c, true
		}
	}

	name := title(strings.NewReplacer("-", " ", "_", " ").Replace(id))
	return newConnection(api, id, name), serviceID.MatchString(id)
}

// order lists the states that need the consumer's attention first.
var order = []State{Invalid, Authorized, Added, Callable, Available}

// catalog returns the services of a unified API, with the consumer's connections
// to them.
func catalog(api gen.UnifiedAPI, connections []Connection) []Connection {
	all := services(api)
	for _, c := range connections {
		i := slices.IndexFunc(all, c.same)
		switch {
		case i >= 0:
			all[i] = c
		case c.UnifiedAPI == api:
			all = append(all, c)
		}
	}

	rank := func(c Connection) int { return slices.Index(order, c.State) }
	slices.SortFunc(all, func(a, b Connection) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// words returns the display form of an id: "File storage" for "file-storage",
// "CRM" for "crm".
func words(id string) string {
	if slices.Contains([]string{"ats", "crm", "csp", "hris", "pos", "sms"}, id) {
		return strings.ToUpper(id)
	}

	first, rest, _ := strings.Cut(id, "-")
	return strings.TrimSpace(title(first) + " " + strings.ReplaceAll(rest, "-", " "))
}

// title returns s with a capital at the start of each word.
func title(s string) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		first, size := utf8.DecodeRuneInString(f)
		fields[i] = string(unicode.ToUpper(first)) + f[size:]
	}
	return strings.Join(fields, " ")
}
